/* SPDX-License-Identifier: Apache-2.0 */
/* What of `files` and `exec` can't be held as it is written. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "room.h"

/* Words that no right is for. */

static const struct {
	uint32_t op;
	const char *word;
} words[] = {
	{ACCESS_CHMOD, "chmod"},
	{ACCESS_CHOWN, "chown"},
	{ACCESS_XATTR, "xattr"},
};

void add_lack(struct landlock *landlock, enum lack kind, uint32_t rule, const char *format, ...)
{
	char text[512];
	va_list args;

	if (rule == POLICY_NO_RULE || landlock->lacked[rule] & kind || landlock->oom)
		return;
	landlock->lacked[rule] |= kind;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (grow_array(&landlock->lacks, &landlock->lacks_size, landlock->n_lacks + 1,
		       sizeof(*landlock->lacks)) < 0) {
		landlock->oom = true;
		return;
	}
	landlock->lacks[landlock->n_lacks++] =
		(struct landlock_lack){rule, arena_printf(landlock->arena, "%s", text)};
	landlock->oom |= !landlock->lacks[landlock->n_lacks - 1].reason;
}

const char *rule_lacks(const struct policy_rule *rule)
{
	if (rule->n_by)
		return "`by` takes the host plane (bailiff load): Landlock does not know who asks";
	if (rule->action == ACTION_AUDIT)
		return "Landlock can't tell of what it lets through; write allow, or load the "
		       "policy on the host";
	if (rule->action < ACTION_ERRNO)
		return NULL;
	if (rule->action > ACTION_ERRNO)
		return "Landlock can refuse, and not kill or trap; leave the action out";
	if (rule->error != EPERM && rule->error != EACCES)
		return "Landlock refuses with EACCES and nothing else; leave the errno out";
	return NULL;
}

bool rule_denies(const struct landlock *landlock, uint32_t rule)
{
	return rule != POLICY_NO_RULE && !(landlock->lacked[rule] & LACK_RULE) &&
	       landlock->policy->rules[rule].action >= ACTION_ERRNO;
}

/* --- A place at a time ---------------------------------------------------------------------------- */

void lack_audit(struct landlock *landlock, uint32_t rule)
{
	add_lack(landlock, LACK_ABI, rule,
		 "in audit mode nothing may be refused, and Landlock can't let through and tell");
}

static void lack_abi(struct landlock *landlock, uint32_t rule, unsigned bit)
{
	if (landlock->audit)
		lack_audit(landlock, rule);
	else if (!landlock->abi)
		add_lack(landlock, LACK_ABI, rule,
			 "this kernel has no Landlock, or its lsm= does not name it; it takes "
			 "Linux %s",
			 landlock_kernel(1));
	else
		add_lack(landlock, LACK_ABI, rule,
			 "%s takes Landlock ABI %u (Linux %s), and this kernel has ABI %u",
			 1u << bit == LANDLOCK_RESOLVE_UNIX
				 ? "connecting to a unix socket by its path"
				 : "moving files between directories",
			 landlock_fs_since(bit), landlock_kernel(landlock_fs_since(bit)),
			 landlock->abi);
}

/* Words that are held without Landlock, by calls that are refused to everybody. */
static uint32_t ops_of_filter(const struct landlock *landlock)
{
	uint32_t ops = 0;

	if (policy_shut_call(landlock->policy, NET_BIND, NET_UNIX_PATH))
		ops |= OP_UNIX_BIND;
	if (policy_closed_unix(landlock->policy))
		ops |= OP_UNIX_CONNECT;
	return ops;
}

static void check_abi(struct landlock *landlock, const struct landlock_place *place,
		      uint64_t absent, uint32_t held)
{
	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		if (!(absent >> bit & 1))
			continue;
		for (unsigned op = 0; op < N_OPS; op++) {
			if (!((right_ops(bit) & ~held) >> op & 1))
				continue;
			if (!allows(&place->here[op]))
				lack_abi(landlock, place->here[op].rule, bit);
			if (!allows(&place->below[op]))
				lack_abi(landlock, place->below[op].rule, bit);
		}
	}
}

/* A file that can be read can be mapped to be executed. */
static void check_execute(struct landlock *landlock, const struct decision *decisions)
{
	const struct decision *read = &decisions[__builtin_ctz(ACCESS_READ)];
	const struct decision *execute = &decisions[__builtin_ctz(ACCESS_EXECUTE)];
	uint32_t rule = execute->rank ? execute->rule : read->rule;

	if (!allows(read) || allows(execute))
		return;
	add_lack(landlock, LACK_EXECUTE, rule,
		 "what may be read can be mapped to be executed, and Landlock does not see it; "
		 "give `execute` wherever `read` is given, and say in `exec` what may be started");
}

/* One name in a directory of which `above` tells. */
static void check_name(struct landlock *landlock, const struct landlock_place *above,
		       const struct decision *name)
{
	static const struct {
		uint32_t op;
		const char *word;
	} names[] = {
		{ACCESS_CREATE, "create"}, {ACCESS_DELETE, "delete"},	{ACCESS_RENAME, "rename"},
		{ACCESS_MKNOD, "mknod"},   {OP_UNIX_BIND, "unix bind"},
	};
	const struct decision *rename = &name[__builtin_ctz(ACCESS_RENAME)];
	const struct decision *link = &name[__builtin_ctz(ACCESS_LINK)];
	uint32_t all = above->all_below;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct decision *d = &name[__builtin_ctz(names[i].op)];
		/* The directory of a final slash-star-star is rarely made itself. */
		if (allows(d) && !(all & names[i].op) && d->rank && !d->beneath)
			add_lack(landlock, LACK_NAME, d->rule,
				 "%s can't be given for a name alone: Landlock gives it for all "
				 "names beneath a directory; write DIRECTORY/**",
				 names[i].word);
	}
	if (!allows(rename) && all & ACCESS_CREATE && all & ACCESS_DELETE)
		add_lack(landlock, LACK_RENAME, rename->rule,
			 "where files may be created and deleted Landlock lets them be renamed "
			 "within their directory; deny create or delete too");
	if (!allows(link) && !(landlock->closed & ACCESS_LINK) &&
	    (all & ACCESS_CREATE || above->granted & LANDLOCK_REFER))
		add_lack(landlock, LACK_LINK, link->rule,
			 "where files may be created or renamed Landlock lets them be linked; deny "
			 "create and rename too, or link for all paths and allow it for none");
}

struct sweep {
	struct landlock *landlock;
	uint64_t absent; /* rights that the kernel lacks, and that are not given everywhere */
	uint32_t held;	 /* words that it does not take */
};

static void check_place(struct landlock_place *place, void *context)
{
	struct sweep *sweep = context;
	struct landlock *landlock = sweep->landlock;
	uint32_t i;

	check_abi(landlock, place, sweep->absent, sweep->held);
	check_execute(landlock, place->here);
	if (place->other || place->n_live == 0)
		check_execute(landlock, place->below);
	for (i = 0; i < place->n_children; i++)
		check_name(landlock, place, place->children[i].place->here);
	for (i = 0; i < place->n_parts; i++)
		check_name(landlock, place, place->parts[i]->here);
	check_name(landlock, place, place->other ? place->other->here : place->below);
}

/* --- Words without a right --------------------------------------------------------------------------- */

/* Words that are denied for some paths and not for all: those that are denied for all, a filter holds. */
static uint32_t mixed_words(const struct landlock *landlock)
{
	uint32_t mixed = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!(landlock->root->all & words[i].op))
			mixed |= words[i].op;
	return mixed & ~landlock->closed;
}

static void lack_words(struct landlock *landlock, uint32_t rule, uint32_t mixed, bool allowed)
{
	char text[64] = "";
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (mixed & words[i].op)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
						   length ? ", " : "", words[i].word);
	add_lack(landlock, LACK_WORD, rule,
		 "%s: without the host plane this is not told by path; %s {paths: [/**], access: "
		 "[%s]}, or leave it out here",
		 text, allowed ? "allow" : "deny", text);
}

static void check_words(struct landlock *landlock)
{
	const struct policy *policy = landlock->policy;
	uint32_t by_default = policy->default_rule[CLASS_FILES], mixed = mixed_words(landlock);
	bool denies = rule_denies(landlock, by_default);

	if (by_default == POLICY_NO_RULE || !mixed)
		return;
	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *rule = &policy->path_rules[i];
		bool allowed = !rule_denies(landlock, rule->rule);

		if (policy->rules[rule->rule].class == CLASS_FILES && rule->access & mixed &&
		    allowed == denies)
			lack_words(landlock, rule->rule, rule->access & mixed, allowed);
	}
}

void find_lacks(struct landlock *landlock)
{
	struct sweep sweep = {.landlock = landlock, .held = ops_of_filter(landlock)};

	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++)
		if ((landlock->audit || landlock_fs_since(bit) > landlock->abi) &&
		    !(landlock->root->granted >> bit & 1))
			sweep.absent |= 1ull << bit;
	/* Files that are opened neither to be read nor to be written. */
	sweep.absent &= ~(uint64_t)LANDLOCK_IOCTL_DEV;
	if (landlock->abi && !landlock->audit && sweep.absent & LANDLOCK_TRUNCATE) {
		landlock->handled.no_truncation = true;
		sweep.absent &= ~(uint64_t)LANDLOCK_TRUNCATE;
	}
	if (landlock->abi)
		sweep.absent &= ~(uint64_t)LANDLOCK_REFER;
	each_place(landlock->root, check_place, &sweep);
	check_words(landlock);
	/* Without the right, ABI 1 refuses all moves and links between directories. */
	if (landlock->abi == 1 && !landlock->audit && landlock->handled.fs &&
	    landlock->root->some & (ACCESS_RENAME | ACCESS_LINK))
		lack_abi(landlock, landlock->policy->default_rule[CLASS_FILES],
			 (unsigned)__builtin_ctz(LANDLOCK_REFER));
}
