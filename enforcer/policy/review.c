/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy leaves open although it shuts something like it. Notes, never mistakes. */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

/* Calls that do the same: who denies one by a rule means the others, too. */
static const char *const siblings[][9] = {
	{"open", "openat", "openat2", "creat", "open_by_handle_at", NULL},
	{"clone", "clone3", NULL},
	{"execve", "execveat", NULL},
	{"chmod", "fchmod", "fchmodat", "fchmodat2", NULL},
	{"chown", "fchown", "lchown", "fchownat", "chown32", "fchown32", "lchown32", NULL},
	{"unlink", "unlinkat", "rmdir", NULL},
	{"rename", "renameat", "renameat2", NULL},
	{"link", "linkat", NULL},
	{"symlink", "symlinkat", NULL},
	{"mkdir", "mkdirat", NULL},
	{"mknod", "mknodat", NULL},
	{"truncate", "ftruncate", "truncate64", "ftruncate64", NULL},
	{"mount", "fsopen", "fsconfig", "fsmount", "move_mount", "open_tree", "open_tree_attr",
	 "mount_setattr", NULL},
	{"umount", "umount2", NULL},
	{"setxattr", "lsetxattr", "fsetxattr", "setxattrat", NULL},
	{"removexattr", "lremovexattr", "fremovexattr", "removexattrat", NULL},
	{"mprotect", "pkey_mprotect", "mmap", "mmap2", "shmat", NULL},
	{"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", NULL},
	{"init_module", "finit_module", NULL},
	{"kexec_load", "kexec_file_load", NULL},
	{"socket", "socketcall", NULL},
	{"bind", "socketcall", NULL},
	{"connect", "socketcall", NULL},
	{"shmget", "msgget", "semget", "ipc", NULL},
	{"kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	 NULL},
	{"settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	 "clock_adjtime64", "stime", NULL},
	{"unshare", "setns", NULL},
	{"sendto", "sendmsg", "sendmmsg", NULL},
	{"memfd_create", "memfd_secret", NULL},
};

static const char *const vital[] = {"exit", "exit_group", "rt_sigreturn", "sigreturn"};
static const char *const rings[] = {"io_uring_setup", "io_uring_enter"};

enum stance {
	ABSENT, /* no such call on this ABI */
	OPEN,	/* allowed, whatever its arguments */
	SHUT,	/* by a rule that names it, with or without conditions */
	OTHER,
};

struct view {
	enum stance stance;
	uint32_t rule; /* that shuts it */
	bool whole;    /* without conditions */
};

/* One class's matches decide until the first without conditions. */
static struct view look(const struct policy *policy, enum arch arch, const char *name)
{
	const struct name_call *known = names_call_by_name(arch, name);
	const struct policy_call *call = known ? policy_call(policy, arch, known->nr) : NULL;
	struct view view = {OPEN, POLICY_NO_RULE, false};
	uint32_t by_default = policy->default_rule[CLASS_SYSCALLS];
	bool by_rule = false;
	uint8_t settled = 0;

	if (!call)
		return (struct view){.stance = ABSENT};
	for (uint32_t i = 0; i < call->n_matches; i++) {
		const struct policy_match *match = &policy->matches[call->first_match + i];
		const struct policy_rule *rule = &policy->rules[match->rule];

		if (match->class == settled)
			continue;
		if (match->n_conds == 0)
			settled = match->class;
		if (match->class == CLASS_SYSCALLS && match->n_conds == 0)
			by_rule = true;
		if (rule->action >= ACTION_ERRNO && view.stance != SHUT)
			view = (struct view){SHUT, match->rule, match->n_conds == 0};
	}
	if (view.stance == OPEN && !by_rule && by_default != POLICY_NO_RULE &&
	    policy->rules[by_default].action >= ACTION_ERRNO)
		view = (struct view){OTHER, by_default, true};
	return view;
}

static void review_siblings(const struct policy *policy, struct diag *diag, enum arch arch,
			    const char *const *names)
{
	struct view shut = {0};
	const char *first = NULL;

	for (size_t i = 0; names[i] && !first; i++) {
		shut = look(policy, arch, names[i]);
		/* What files, exec and network come down to is whole. */
		if (shut.stance == SHUT && policy->rules[shut.rule].list != LIST_DEFAULT &&
		    (policy->rules[shut.rule].class == CLASS_SYSCALLS ||
		     policy->rules[shut.rule].class >= CLASS_CAPABILITIES))
			first = names[i];
	}
	if (!first)
		return;
	for (size_t i = 0; names[i]; i++) {
		if (look(policy, arch, names[i]).stance != OPEN)
			continue;
		/* fork and vfork make no namespace. */
		if (strcmp(first, "clone") == 0 && !shut.whole && strcmp(names[i], "clone3") != 0)
			continue;
		diag_note(diag, &policy->rules[shut.rule].pos,
			  "%s is restricted here, but %s, which can do the like, is open on %s%s",
			  first, names[i], arch_name(arch),
			  strcmp(names[i], "clone3") == 0
				  ? ": its flags lie in memory; deny it with errno ENOSYS"
				  : "");
	}
}

static void review_vital(const struct policy *policy, struct diag *diag, enum arch arch)
{
	for (size_t i = 0; i < ARRAY_LEN(vital); i++) {
		struct view view = look(policy, arch, vital[i]);

		if (view.stance == SHUT || view.stance == OTHER)
			diag_note(diag, &policy->rules[view.rule].pos,
				  "%s is denied on %s: programs hang or crash where they end or "
				  "return from a signal",
				  vital[i], arch_name(arch));
	}
}

static bool denies_anything(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].action >= ACTION_ERRNO && i != policy->abi_rule &&
		    i != policy->unknown_rule &&
		    (policy->rules[i].class == CLASS_SYSCALLS ||
		     policy->rules[i].class == CLASS_FILES ||
		     policy->rules[i].class == CLASS_NETWORK))
			return true;
	return false;
}

static void review_rings(const struct policy *policy, struct diag *diag, enum arch arch)
{
	for (size_t i = 0; i < ARRAY_LEN(rings); i++)
		if (look(policy, arch, rings[i]).stance == OPEN) {
			struct diag_pos pos = {.file = policy->path};

			diag_note(diag, &pos,
				  "io_uring is open on %s: by its ring a program opens files and "
				  "sockets without calls that a filter sees; deny the surface "
				  "io-uring",
				  arch_name(arch));
			return;
		}
}

/* Is this flags compared as a whole, with some of them set? A call with one more then differs. */
static bool compares_whole(const struct policy *policy, const struct policy_cond *cond,
			   const struct name_arg *arg)
{
	uint64_t all = arg->width < 64 ? ((uint64_t)1 << arg->width) - 1 : UINT64_MAX;

	/* Values are sorted: the last is the greatest. */
	return arg->kind == KIND_BITS && cond->op == COND_IN && cond->mask == all &&
	       policy->values[cond->first_value + cond->n_values - 1] != 0;
}

static void review_conds(const struct policy *policy, struct diag *diag,
			 const struct name_call *call, const struct policy_match *match, bool *told)
{
	const struct policy_rule *rule = &policy->rules[match->rule];

	if (rule->class != CLASS_SYSCALLS || rule->action < ACTION_ERRNO || told[match->rule])
		return;
	for (uint32_t i = 0; i < match->n_conds; i++) {
		const struct policy_cond *cond = &policy->conds[match->first_cond + i];
		const struct name_arg *arg;
		bool socket_type;

		if (call->nargs <= (int)cond->arg)
			continue;
		arg = &call->args[cond->arg];
		if (!compares_whole(policy, cond, arg))
			continue;
		socket_type = strncmp(call->name, "socket", 6) == 0 && !strcmp(arg->name, "type");
		diag_note(diag, &rule->pos,
			  "%s of %s holds flags: a call with one more of them than these values "
			  "slips past; %s",
			  arg->name, call->name,
			  socket_type ? "{mask: 0xf, is: ...} compares the type alone"
				      : "any-of and all-of look at single flags");
		told[match->rule] = true;
		return;
	}
}

/* Denials by the plain value of an argument that holds flags. One note a rule. */
static void review_flags(const struct policy *policy, struct diag *diag)
{
	CLEANUP(free_ptr) bool *told = calloc(policy->n_rules + 1, sizeof(*told));

	for (enum arch arch = 0; told && arch < ARCH_COUNT; arch++) {
		const struct policy_abi *abi = &policy->abi[arch];

		for (uint32_t c = 0; abi->governed && c < abi->n_calls; c++) {
			const struct policy_call *call = &abi->calls[c];
			const struct name_call *known = names_call_by_nr(arch, call->nr);

			for (uint32_t m = 0; known && m < call->n_matches; m++)
				review_conds(policy, diag, known,
					     &policy->matches[call->first_match + m], told);
		}
	}
}

/* Does any call go to a supervisor? */
static bool wants_supervisor(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		bool filtered = rule->class == CLASS_SYSCALLS || rule->class == CLASS_KERNEL ||
				rule->list == LIST_IMPLIED;

		if (filtered && !rule->quiet &&
		    (rule->action == ACTION_AUDIT || rule->action == ACTION_ERRNO))
			return true;
	}
	return false;
}

/* The supervisor is a process like others. Denying the calls of ptrace is not enough:
 * /proc/PID/mem is a file. */
static void review_tracing(const struct policy *policy, struct diag *diag)
{
	uint64_t kept = policy->caps_allowed | policy->caps_audited;
	struct diag_pos pos = {.file = policy->path};

	if (!wants_supervisor(policy))
		return;
	if (policy->default_rule[CLASS_CAPABILITIES] != POLICY_NO_RULE) {
		if (!(kept >> CAP_SYS_PTRACE & 1))
			return;
		pos = policy->rules[policy->cap_rule[CAP_SYS_PTRACE]].pos;
	}
	diag_note(diag, &pos,
		  "a root program that has CAP_SYS_PTRACE can take over its supervisor and answer "
		  "its own calls; deny SYS_PTRACE in capabilities");
}

void policy_review(const struct policy *policy, struct diag *diag)
{
	if (!policy_wants_filter(policy))
		return;
	review_flags(policy, diag);
	review_tracing(policy, diag);
	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		if (!policy->abi[arch].governed)
			continue;
		for (size_t i = 0; i < ARRAY_LEN(siblings); i++)
			review_siblings(policy, diag, arch, siblings[i]);
		review_vital(policy, diag, arch);
		if (denies_anything(policy))
			review_rings(policy, diag, arch);
	}
}
