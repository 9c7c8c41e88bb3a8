/* SPDX-License-Identifier: Apache-2.0 */
/* What of `exec` a filter can hold: its words, by the calls that make memory executable. */
#include <errno.h>
#include <sys/mman.h>

#include "policy_internal.h"

#define SHM_EXEC_FLAG	  0100000u
#define READ_IMPLIES_EXEC 0x0400000u
#define PERSONALITY_ASKED 0xffffffffu /* the call then tells, and sets nothing */
#define MFD_NOEXEC_SEAL	  0x0008u
#define IPC_CALL_MASK	  0xffffu /* the upper half is a version */
#define IPC_SHMAT	  21u
#define ARRAY(type, ...)  ((const type[]){__VA_ARGS__})
#define ONE(value)	  ARRAY(uint64_t, value), 1
#define ANY_OF(arg, flags)                                                                         \
	{                                                                                          \
		arg, COND_NOT_IN, flags, ONE(0)                                                    \
	}
#define ALL_OF(arg, flags)                                                                         \
	{                                                                                          \
		arg, COND_IN, flags, ONE(flags)                                                    \
	}
#define NONE_OF(arg, flags)                                                                        \
	{                                                                                          \
		arg, COND_IN, flags, ONE(0)                                                        \
	}

/* mprotect() of memory that was anonymous, or writable, can't be told from that of any other. */
static const struct {
	uint16_t words;
	const char *call;
	struct lower_cond conds[2];
	size_t n;
} calls[] = {
	{EXEC_ANONYMOUS_MEMORY,
	 "mmap",
	 {ANY_OF("prot", PROT_EXEC), ANY_OF("flags", MAP_ANONYMOUS)},
	 2},
	{EXEC_ANONYMOUS_MEMORY,
	 "mmap2",
	 {ANY_OF("prot", PROT_EXEC), ANY_OF("flags", MAP_ANONYMOUS)},
	 2},
	{EXEC_WRITABLE_THEN_EXECUTABLE, "mmap", {ALL_OF("prot", PROT_WRITE | PROT_EXEC)}, 1},
	{EXEC_WRITABLE_THEN_EXECUTABLE, "mmap2", {ALL_OF("prot", PROT_WRITE | PROT_EXEC)}, 1},
	{EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE,
	 "mprotect",
	 {ANY_OF("prot", PROT_EXEC)},
	 1},
	{EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE,
	 "pkey_mprotect",
	 {ANY_OF("prot", PROT_EXEC)},
	 1},
	{EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE,
	 "shmat",
	 {ANY_OF("shmflg", SHM_EXEC_FLAG)},
	 1},
	{EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE,
	 "ipc",
	 {{"call", COND_IN, IPC_CALL_MASK, ONE(IPC_SHMAT)}, ANY_OF("second", SHM_EXEC_FLAG)},
	 2},
	{EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE,
	 "personality",
	 {ANY_OF("personality", READ_IMPLIES_EXEC),
	  {"personality", COND_NOT_IN, 0, ONE(PERSONALITY_ASKED)}},
	 2},
	/* Sealed from being executed it can be mapped to be, and no file is behind it either. */
	{EXEC_ANONYMOUS_MEMORY, "memfd_create", {{0}}, 0},
};

/* Who decides on a word. POLICY_NO_RULE: nobody, or some executable may, and a filter can't know which. */
static uint32_t word_rule(const struct policy *policy, uint16_t word)
{
	uint32_t best = POLICY_NO_RULE;
	bool by_somebody = false;

	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *path = &policy->path_rules[i];
		const struct policy_rule *rule = &policy->rules[path->rule];

		if (!(path->words & word))
			continue;
		if (rule->n_by) {
			by_somebody |= rule->action < ACTION_ERRNO;
			continue;
		}
		if (best == POLICY_NO_RULE || rule->action > policy->rules[best].action ||
		    (rule->action == policy->rules[best].action && policy->rules[best].quiet &&
		     !rule->quiet))
			best = path->rule;
	}
	return by_somebody && best != POLICY_NO_RULE && policy->rules[best].action >= ACTION_ERRNO
		       ? POLICY_NO_RULE
		       : best;
}

/* i386's first mmap has its arguments in memory. Those that use it have fallen back from mmap2. */
static void shut_old_mmap(struct reader *r)
{
	struct rule_options options = {.action = ACTION_ERRNO, .error = ENOSYS, .quiet = true};
	const struct name_call *call = names_call_by_name(ARCH_I386, "mmap");
	struct policy_match match = {.level = LEVEL_ARGUMENTS, .class = CLASS_EXEC};

	if (!r->heads[ARCH_I386] || !call)
		return;
	match.rule = add_rule(r, CLASS_EXEC, LIST_IMPLIED, &r->class_pos[CLASS_EXEC],
			      "exec: not by the mmap whose arguments lie in memory", &options);
	add_match(r, ARCH_I386, call, &match);
}

static void lower_word(struct reader *r, uint16_t word, uint32_t rule)
{
	/* A rule that allows decides like one that is absent. */
	if (rule == POLICY_NO_RULE || r->rules[rule].action == ACTION_ALLOW)
		return;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (calls[i].words & word)
			lower_call(r, calls[i].call, calls[i].conds, calls[i].n, rule,
				   LEVEL_ARGUMENTS);
}

static const struct lower_cond executable = NONE_OF("flags", MFD_NOEXEC_SEAL);

/* A file without a place can be executed by its descriptor, and is no path that a rule could name. */
static void shut_memfd(struct reader *r)
{
	uint32_t by_default = r->policy->default_rule[CLASS_EXEC];
	struct rule_options options = {
		.action = ACTION_ERRNO,
		.error = EPERM,
		.why = "what memfd_create makes can be executed, and no rule of exec can name it; "
		       "MFD_NOEXEC_SEAL makes one that can't",
	};

	if (r->rules[by_default].action < ACTION_ERRNO)
		return;
	lower_call(r, "memfd_create", &executable, 1,
		   add_rule(r, CLASS_EXEC, LIST_IMPLIED, &r->rules[by_default].pos,
			    "exec: no executable file without a place", &options),
		   LEVEL_ARGUMENTS);
}

void finish_exec(struct reader *r)
{
	static const uint16_t words[] = {EXEC_ANONYMOUS_MEMORY, EXEC_WRITABLE_THEN_EXECUTABLE};
	bool held = false;

	if (r->oom || r->policy->default_rule[CLASS_EXEC] == POLICY_NO_RULE)
		return;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint32_t rule = word_rule(lend_tables(r), words[i]);

		held |= rule != POLICY_NO_RULE && r->rules[rule].action >= ACTION_ERRNO;
		lower_word(r, words[i], rule);
	}
	if (held)
		shut_old_mmap(r);
	shut_memfd(r);
}
