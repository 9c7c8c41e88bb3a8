/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define MAX_BYTES (1u << 30)

/* --- Patterns -------------------------------------------------------------------------------------- */

static uint8_t kind_of(const char *text, size_t length)
{
	if (length == 1 && *text == '*')
		return COMPONENT_STAR;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '*' || text[i] == '?' || text[i] == '[')
			return COMPONENT_PART;
	return COMPONENT_LITERAL;
}

/* False: it has a slash-star-star other than at its end. */
static bool split(struct landlock *landlock, const char *text, struct pattern *pattern)
{
	size_t n = 0, length, most = 1;
	struct component *parts;
	const char *at;

	for (at = text; *at; at++)
		most += *at == '/';
	parts = arena_alloc(landlock->arena, most, sizeof(*parts));
	landlock->oom |= !parts;
	for (at = text; parts && *at; at += length) {
		at += *at == '/';
		length = strcspn(at, "/");
		if (pattern->beneath)
			return false;
		if (length == 2 && memcmp(at, "**", 2) == 0)
			pattern->beneath = true;
		else if (length)
			parts[n++] = (struct component){arena_strndup(landlock->arena, at, length),
							(uint16_t)length, kind_of(at, length)};
		landlock->oom |= n && !parts[n - 1].text;
	}
	pattern->parts = parts;
	pattern->n_parts = (uint32_t)n;
	return true;
}

/* Links in /proc that lead each process to another place: no real path has them in it. */
static bool goes_by_who_asks(const char *pattern)
{
	static const char *const links[] = {"self", "thread-self", "net", "mounts"};
	size_t length;

	if (strncmp(pattern, "/proc/", 6) != 0)
		return false;
	length = strcspn(pattern + 6, "/");
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (length == strlen(links[i]) && memcmp(pattern + 6, links[i], length) == 0)
			return true;
	return false;
}

static int add_pattern(struct landlock *landlock, const struct landlock_options *options,
		       const char *text, uint32_t rule, uint32_t ops, struct diag *diag)
{
	struct pattern pattern = {
		.rule = rule, .ops = ops, .action = landlock->policy->rules[rule].action};
	CLEANUP(free_ptr) char *leads = NULL;
	int r = options->resolve ? options->resolve(options->context, text, &leads) : 0;

	if (r < 0)
		return r;
	if (leads && options->show)
		diag_note(diag, &landlock->policy->rules[rule].pos, "%s is %s here", text, leads);
	if (goes_by_who_asks(text)) {
		add_lack(landlock, LACK_RULE, rule,
			 "%s: this leads each process to a place of its own, and rules name real "
			 "paths; write /proc/*/NAME or, to allow it to what starts later, /proc/**",
			 text);
		return 0;
	}
	if (!split(landlock, leads ? leads : text, &pattern)) {
		add_lack(landlock, LACK_RULE, rule,
			 "%s: a /**/ within a pattern can't be held by Landlock, which grants what "
			 "lies beneath a directory; name the directories, or load the policy on "
			 "the host",
			 text);
		return 0;
	}
	if (landlock->n_patterns == LANDLOCK_MAX_PATTERNS)
		return -E2BIG;
	if (leads)
		pattern.moved = text;
	if (grow_array(&landlock->patterns, &landlock->patterns_size, landlock->n_patterns + 1,
		       sizeof(pattern)) < 0)
		return -ENOMEM;
	landlock->patterns[landlock->n_patterns++] = pattern;
	return 0;
}

/* Words that a filter holds, or nothing does: what their rules do beyond refusing is its matter. */
#define OPS_OF_CALLS ((uint32_t)(ACCESS_CHMOD | ACCESS_CHOWN | ACCESS_XATTR | ACCESS_LINK))

/* The reason is told once, here. True: the rule is left out. */
static bool leave_out(struct landlock *landlock, uint32_t index, uint32_t ops)
{
	const struct policy_rule *rule = &landlock->policy->rules[index];
	const char *reason = rule_lacks(rule);

	if (!reason || (!rule->n_by && ops && !(ops & ~OPS_OF_CALLS)))
		return false;
	add_lack(landlock, LACK_RULE, index, "%s", reason);
	return true;
}

static int add_files(struct landlock *landlock, const struct landlock_options *options,
		     struct diag *diag)
{
	const struct policy *policy = landlock->policy;
	int r = 0;

	for (uint32_t i = 0; i < policy->n_path_rules && r == 0; i++) {
		const struct policy_path_rule *rule = &policy->path_rules[i];
		uint32_t ops =
			policy->rules[rule->rule].class == CLASS_FILES ? rule->access : OP_EXEC;

		if (rule->n_patterns == 0) {
			if (policy->rules[rule->rule].n_by)
				leave_out(landlock, rule->rule, 0);
			else if (rule->words & EXEC_WRITABLE_THEN_EXECUTABLE &&
				 policy->rules[rule->rule].action >= ACTION_ERRNO &&
				 !landlock->audit)
				landlock->handled.mdwe = true;
			continue;
		}
		if (leave_out(landlock, rule->rule, ops))
			continue;
		for (uint32_t j = 0; j < rule->n_patterns && r == 0; j++)
			r = add_pattern(landlock, options, rule->patterns[j], rule->rule, ops,
					diag);
	}
	return r;
}

static int add_sockets(struct landlock *landlock, const struct landlock_options *options,
		       struct diag *diag)
{
	const struct policy *policy = landlock->policy;
	int r = 0;

	for (uint32_t i = 0; i < policy->n_net_rules && r == 0; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		/* A filter tells, and kills, where sockets are made. */
		if (rule->op == NET_SOCKET
			    ? policy->rules[rule->rule].n_by && leave_out(landlock, rule->rule, 0)
			    : leave_out(landlock, rule->rule, 0))
			continue;
		for (uint32_t j = 0; j < rule->n_addresses && r == 0; j++)
			if (rule->addresses[j].kind == NET_UNIX_PATH && rule->op != NET_LISTEN)
				r = add_pattern(
					landlock, options, rule->addresses[j].pattern, rule->rule,
					rule->op == NET_BIND ? OP_UNIX_BIND : OP_UNIX_CONNECT,
					diag);
	}
	return r;
}

/* --- Links that a program could have made --------------------------------------------------------- */

/* The first link that a pattern leads through, cut from its text; false: there is none. */
static int first_link(const struct landlock_options *options, char *text, bool *ret_found)
{
	int r;

	*ret_found = false;
	for (char *end = strchr(text + 1, '/');; end = strchr(end + 1, '/')) {
		CLEANUP(free_ptr) char *leads = NULL;

		if (end)
			*end = '\0';
		if (strpbrk(text, "*?["))
			return 0;
		r = options->resolve(options->context, text, &leads);
		if (r < 0)
			return r;
		*ret_found = leads != NULL;
		if (leads || !end)
			return 0;
		*end = '/';
	}
}

/* By default links may be made; then that other classes, and denials, lead through them is common, and
 * no gain: such a program does under any name what they are about. */
static bool is_exception(const struct pattern *pattern)
{
	return pattern->ops & OPS_FILES && pattern->action <= ACTION_AUDIT;
}

/* Links are followed as they are at the start. One at a place where a rule lets links be made may be the
 * program's own, of the last time, and lead wherever it wants to have what is allowed here. */
static int check_links(struct landlock *landlock, const struct landlock_options *options)
{
	struct decision decisions[N_OPS];
	bool found;
	int r = 0;

	for (size_t i = 0; i < landlock->n_patterns && r == 0; i++) {
		struct pattern *pattern = &landlock->patterns[i];
		CLEANUP(free_ptr) char *link = pattern->moved ? strdup(pattern->moved) : NULL;
		const struct decision *create = &decisions[__builtin_ctz(ACCESS_CREATE)];

		if (!pattern->moved)
			continue;
		r = link ? first_link(options, link, &found) : -ENOMEM;
		if (r < 0 || !found)
			continue;
		decide_path(landlock, link, decisions);
		if (!allows(create) || !(create->rank || is_exception(pattern)))
			continue;
		add_lack(landlock, LACK_MOVED, pattern->rule,
			 "%s leads through the link %s, which the policy lets the program make; "
			 "name what it leads to, or deny create there",
			 pattern->moved, link);
		pattern->ops = 0; /* with --partial, too */
	}
	return r;
}

/* --- The whole -------------------------------------------------------------------------------------- */

static void check_defaults(struct landlock *landlock)
{
	static const enum policy_class classes[] = {CLASS_FILES, CLASS_EXEC, CLASS_NETWORK};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (landlock->policy->default_rule[classes[i]] != POLICY_NO_RULE)
			leave_out(landlock, landlock->policy->default_rule[classes[i]], 0);
}

static void handle_files(struct landlock *landlock)
{
	uint64_t handled = 0;

	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++)
		if (landlock_fs_since(bit) <= landlock->abi &&
		    !(landlock->root->granted >> bit & 1))
			handled |= 1ull << bit;
	/* Refused by every ruleset that handles anything, unless it is handled and granted. */
	if (handled && landlock->abi >= landlock_fs_since((unsigned)__builtin_ctz(LANDLOCK_REFER)))
		handled |= LANDLOCK_REFER;
	landlock->handled.fs = handled;
}

static int too_many(struct landlock *landlock, struct diag *diag)
{
	struct diag_pos pos = {.file = landlock->policy->path};

	if (landlock->n_patterns == LANDLOCK_MAX_PATTERNS)
		diag_error(diag, &pos,
			   "more than %u path patterns, which `run` holds at most; load the policy "
			   "on the host, or name directories",
			   LANDLOCK_MAX_PATTERNS);
	else
		diag_error(diag, &pos,
			   "the path patterns divide the file system into more than %u places; "
			   "use fewer wildcards, or load the policy on the host",
			   LANDLOCK_MAX_PLACES);
	return -E2BIG;
}

static int compile(struct landlock *landlock, const struct landlock_options *options,
		   struct diag *diag)
{
	int r;

	check_defaults(landlock);
	r = add_files(landlock, options, diag);
	if (r == 0)
		r = add_sockets(landlock, options, diag);
	if (r == 0)
		r = check_links(landlock, options);
	if (r == -E2BIG)
		return too_many(landlock, diag);
	if (r < 0) {
		diag_system(diag, r, "resolve", "the policy's paths", NULL);
		return r;
	}
	landlock->root = places_root(landlock);
	if (landlock->root)
		places_spread(landlock->root);
	if (landlock->too_many)
		return too_many(landlock, diag);
	if (landlock->oom || !landlock->root)
		return -ENOMEM;
	weigh(landlock->root);
	handle_files(landlock);
	weigh_unix(landlock);
	weigh_ports(landlock);
	find_lacks(landlock);
	if (landlock->audit)
		landlock->handled = (struct landlock_handled){.fs = 0};
	return landlock->oom ? -ENOMEM : 0;
}

int landlock_compile(const struct policy *policy, const struct landlock_options *options,
		     struct diag *diag, struct landlock **ret_landlock)
{
	CLEANUP(landlock_freep) struct landlock *landlock = calloc(1, sizeof(*landlock));
	int r;

	if (!landlock)
		return -ENOMEM;
	landlock->policy = policy;
	landlock->abi = options->abi;
	landlock->audit = options->audit;
	landlock->closed = policy_closed_access(policy);
	r = arena_new(MAX_BYTES, &landlock->arena);
	if (r == 0) {
		landlock->lacked = arena_alloc(landlock->arena, policy->n_rules + 1,
					       sizeof(*landlock->lacked));
		r = landlock->lacked ? compile(landlock, options, diag) : -ENOMEM;
	}
	if (r == -ENOMEM)
		diag_system(diag, r, "prepare", "Landlock",
			    "patterns with wildcards beside many others take the most of it");
	if (r == 0)
		*ret_landlock = STEAL(landlock);
	return r;
}

void landlock_free(struct landlock *landlock)
{
	if (!landlock)
		return;
	arena_free(landlock->arena);
	free(landlock->patterns);
	free(landlock->lacks);
	free(landlock->ports);
	free(landlock);
}

void landlock_freep(struct landlock **landlock)
{
	landlock_free(*landlock);
}

const struct landlock_lack *landlock_lacks(const struct landlock *landlock, size_t *ret_count)
{
	*ret_count = landlock->n_lacks;
	return landlock->lacks;
}

unsigned landlock_abi(const struct landlock *landlock)
{
	return landlock->abi;
}

struct landlock_handled landlock_handled(const struct landlock *landlock)
{
	return landlock->handled;
}
