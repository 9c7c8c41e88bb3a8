/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path patterns and those of abstract names against a plain reading of them: what the compiled image
 * answers, what Landlock's places grant, and what a filter refuses whatever the path, is what the most
 * specific pattern says that matches byte by byte. An input is lines: a byte that chooses policy and action, then a pattern ("/a/?" or
 * "@a*"); or a question mark and what is asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/landlock.h"
#include "bailiff/ruleset.h"

#define POLICIES 6
#define RULES	 16 /* of a policy; the first two are the defaults of files and network */
#define ASKED	 16
#define LONGEST	 96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct written {
	struct policy policy;
	struct policy_rule rules[RULES];
	struct policy_path_rule paths[RULES];
	struct policy_net_rule nets[RULES];
	struct policy_net_address addresses[RULES];
	const char *patterns[RULES]; /* by rule: as its text; NULL for the defaults */
	char texts[RULES][LONGEST];
	char name[8];
};

static struct written written[POLICIES];
static char asked[ASKED][LONGEST];
static size_t n_asked;

/* --- The plain reading ---------------------------------------------------------------------------- */

static bool in_bracket(const char *open, const char *close, unsigned char byte)
{
	const char *at = open + 1;
	bool negated = *at == '!' || *at == '^', found = false;

	for (at += negated; at < close; at++) {
		unsigned char low = (unsigned char)*at, high = low;

		if (at[1] == '-' && at + 2 < close) {
			high = (unsigned char)at[2];
			at += 2;
		}
		found |= low <= byte && byte <= high;
	}
	return found != negated;
}

/* Its end: behind [ (and ! or ^) a ] is itself. */
static const char *bracket_end(const char *open)
{
	const char *at = open + 1;

	at += *at == '!' || *at == '^';
	at += *at == ']';
	return strchr(at, ']');
}

/* What is known not to match from here on. */
static bool failed[LONGEST + 2][LONGEST + 2];
static const char *first_pattern, *first_path;

static bool match(const char *pattern, const char *path);

/* Each component begins with its slash; those of abstract names do, too, here. */
static bool match_here(const char *pattern, const char *path)
{
	const char *close;

	if (pattern[0] == '/' && pattern[1] == '*' && pattern[2] == '*' &&
	    (pattern[3] == '/' || !pattern[3])) {
		if (match(pattern + 3, path))
			return true;
		return *path == '/' && match(pattern, path + 1 + strcspn(path + 1, "/"));
	}
	switch (*pattern) {
	case '\0':
		return !*path;
	case '*':
		return match(pattern + 1, path) ||
		       (*path && *path != '/' && match(pattern, path + 1));
	case '?':
		return *path && *path != '/' && match(pattern + 1, path + 1);
	case '[':
		close = bracket_end(pattern);
		return *path && *path != '/' && in_bracket(pattern, close, (unsigned char)*path) &&
		       match(close + 1, path + 1);
	default:
		return *pattern == *path && match(pattern + 1, path + 1);
	}
}

static bool match(const char *pattern, const char *path)
{
	bool *known = &failed[pattern - first_pattern][path - first_path];

	if (*known)
		return false;
	*known = !match_here(pattern, path);
	return !*known;
}

static bool matches(const char *pattern, const char *path)
{
	memset(failed, 0, sizeof(failed));
	first_pattern = pattern;
	first_path = path;
	return match(pattern, path);
}

/* With a slash before each component, and nothing for the root. */
static void normalize(const char *text, char *out)
{
	if (text[0] == '@')
		snprintf(out, LONGEST + 2, "/%s", text + 1);
	else
		snprintf(out, LONGEST + 2, "%s", strcmp(text, "/") == 0 ? "" : text);
}

static unsigned components(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* How specific the pattern is about this path: the deeper the more, then a name over part of a name over
 * any name. 0: it does not match. */
static unsigned rank_of(const char *text, const char *path)
{
	char pattern[LONGEST + 2], start[LONGEST + 2], *end;
	const char *last;
	bool beneath = false;
	unsigned kind = 3;

	normalize(text, pattern);
	normalize(path, start);
	while ((end = strrchr(pattern, '/')) && strcmp(end, "/**") == 0) {
		*end = '\0';
		beneath = true;
	}
	last = strrchr(pattern, '/');
	if (last && strpbrk(last, "*?["))
		kind = strcmp(last, "/*") == 0 ? 1 : 2;
	while (!matches(pattern, start)) {
		end = strrchr(start, '/');
		if (!beneath || !end)
			return 0;
		*end = '\0';
	}
	return 4 * components(start) + kind;
}

static enum policy_action decide(const struct written *w, const char *path)
{
	enum policy_action action = (enum policy_action)w->rules[path[0] == '@'].action;
	unsigned best = 0;

	for (uint32_t i = 2; i < w->policy.n_rules; i++) {
		enum policy_action own = (enum policy_action)w->rules[i].action;
		unsigned rank = w->patterns[i][0] == path[0] ? rank_of(w->patterns[i], path) : 0;

		if (!rank || rank < best || (rank == best && own < action))
			continue;
		best = rank;
		action = own;
	}
	return action;
}

/* --- What is held against it ---------------------------------------------------------------------- */

static void start_policy(size_t i)
{
	struct written *w = &written[i];

	memset(w, 0, sizeof(*w));
	snprintf(w->name, sizeof(w->name), "p%zu", i);
	w->policy = (struct policy){.name = w->name,
				    .path = w->name,
				    .rules = w->rules,
				    .n_rules = 2,
				    .path_rules = w->paths,
				    .net_rules = w->nets,
				    .abi_rule = POLICY_NO_RULE,
				    .unknown_rule = POLICY_NO_RULE};
	for (size_t j = 0; j < CLASS_END; j++)
		w->policy.default_rule[j] = POLICY_NO_RULE;
	memset(w->policy.cap_rule, 0xff, sizeof(w->policy.cap_rule));
	memset(w->policy.surface_rule, 0xff, sizeof(w->policy.surface_rule));
	for (uint32_t j = 0; j < 2; j++) {
		bool deny = i >> j & 1;

		w->policy.default_rule[j ? CLASS_NETWORK : CLASS_FILES] = j;
		w->rules[j] = (struct policy_rule){
			.pos = {w->name, j + 1, 1},
			.class = j ? CLASS_NETWORK : CLASS_FILES,
			.list = LIST_DEFAULT,
			.action = deny ? ACTION_ERRNO : ACTION_ALLOW,
			.error = deny ? EACCES : 0,
			.text = "default",
		};
	}
}

static void add_rule(struct written *w, enum policy_action action, const char *pattern)
{
	uint32_t i = w->policy.n_rules;
	bool path = pattern[0] == '/';

	if (i == RULES || !(path ? policy_is_pattern(pattern) : policy_is_abstract(pattern)))
		return;
	w->policy.n_rules++;
	strcpy(w->texts[i], pattern);
	w->patterns[i] = w->texts[i];
	w->rules[i] = (struct policy_rule){
		.pos = {w->name, i + 1, 1},
		.class = path ? CLASS_FILES : CLASS_NETWORK,
		.list = LIST_DENY,
		.action = (uint8_t)action,
		.error = action == ACTION_ERRNO ? EACCES : 0,
		.text = w->texts[i],
	};
	if (path) {
		w->paths[w->policy.n_path_rules++] =
			(struct policy_path_rule){.rule = i,
						  .access = ACCESS_READ,
						  .patterns = &w->patterns[i],
						  .n_patterns = 1};
		return;
	}
	w->addresses[i] = (struct policy_net_address){.kind = NET_UNIX_ABSTRACT,
						      .protocol = -1,
						      .port_high = UINT16_MAX,
						      .pattern = w->texts[i],
						      .text = w->texts[i]};
	w->nets[w->policy.n_net_rules++] = (struct policy_net_rule){
		.rule = i, .op = NET_CONNECT, .addresses = &w->addresses[i], .n_addresses = 1};
}

/* As the kernel has them: no empty component, no end in a slash. */
static void ask(const char *text)
{
	size_t length = strlen(text);

	if (n_asked == ASKED || length >= LONGEST || (text[0] != '/' && text[0] != '@') ||
	    (text[0] == '@' && length < 2) ||
	    (text[0] == '/' && length > 1 && (strstr(text, "//") || text[length - 1] == '/')))
		return;
	strcpy(asked[n_asked++], text);
}

static void read_line(const char *line, size_t length)
{
	char text[LONGEST];

	if (length < 2 || length >= LONGEST || memchr(line, '\0', length))
		return;
	memcpy(text, line + 1, length - 1);
	text[length - 1] = '\0';
	if (line[0] == '?')
		ask(text);
	else if (text[0] == '/' || text[0] == '@')
		add_rule(&written[(unsigned char)line[0] % POLICIES],
			 ACTION_ALLOW + (enum policy_action)((unsigned char)line[0] / 8 % 3), text);
}

static void give_up(const struct written *w, const char *path, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", w->name, path, what);
	for (uint32_t i = 0; i < w->policy.n_rules; i++)
		fprintf(stderr, "\t%s, action %d\n", w->rules[i].text, w->rules[i].action);
	abort();
}

static void check_image(void)
{
	const struct ruleset_options options = {.key = {1, 2}, .scopeless = true};
	const struct policy *policies[POLICIES];
	struct ruleset_verdict verdict = {0};
	struct ruleset_policy policy;
	struct ruleset set = {NULL, 0};

	for (size_t i = 0; i < POLICIES; i++)
		policies[i] = &written[i].policy;
	if (ruleset_compile(policies, POLICIES, &options, NULL, &set) < 0)
		return; /* past a limit */
	if (ruleset_check(set.blocks, set.n_blocks, NULL) < 0)
		abort();
	for (size_t j = 0; j < n_asked; j++) {
		bool name = asked[j][0] == '@';

		if (ruleset_ask_path(&set, name ? BL_STATE_NAMES : BL_STATE_ROOT, asked[j] + name,
				     name ? BL_OP_UNIX_CONNECT : BL_OP_READ, UINT64_MAX,
				     &verdict) < 0)
			abort();
		for (size_t i = 0; i < POLICIES; i++) {
			enum policy_action action = decide(&written[i], asked[j]);

			if (ruleset_policy(&set, i, &policy) < 0)
				abort();
			if ((action == ACTION_ERRNO) != ((verdict.deny & policy.places) != 0) ||
			    (action == ACTION_AUDIT) != ((verdict.audit & policy.places) != 0))
				give_up(&written[i], asked[j], "the image says otherwise");
		}
	}
	ruleset_clear(&set);
}

static void check_place(struct landlock *landlock, const struct written *w, const char *path)
{
	const struct landlock_place *place = landlock_root(landlock);
	char copy[LONGEST], *rest = copy, *name;
	bool allowed = decide(w, path) <= ACTION_AUDIT;
	uint64_t above = 0; /* granted to all below a place that the path leads through */
	uint32_t rule;

	strcpy(copy, path);
	while ((name = strsep(&rest, "/"))) {
		if (!*name)
			continue;
		above |= landlock_all(place);
		place = landlock_step(landlock, place, name);
		if (!place)
			return; /* past a limit */
	}
	if (landlock_allows(landlock, 2, path, &rule) != allowed)
		give_up(w, path, "Landlock's decision is another");
	if (!(landlock_handled(landlock).fs & LANDLOCK_READ_FILE))
		return;
	if (!!(landlock_file(place) & LANDLOCK_READ_FILE) != allowed)
		give_up(w, path, "Landlock's place says otherwise");
	if (above & LANDLOCK_READ_FILE && !allowed)
		give_up(w, path, "granted from above");
}

/* What a filter refuses whatever the path, no path is allowed. */
static void check_closed(const struct written *w)
{
	bool files = policy_closed_access(&w->policy) & ACCESS_READ;
	bool names = policy_shut_call(&w->policy, NET_CONNECT, NET_UNIX_ABSTRACT) ||
		     policy_closed_unix(&w->policy);

	for (size_t i = 0; i < n_asked; i++)
		if ((asked[i][0] == '@' ? names : files) && decide(w, asked[i]) <= ACTION_AUDIT)
			give_up(w, asked[i], "a filter refuses it");
}

static void check_landlock(const struct written *w)
{
	const struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST};
	struct landlock *landlock = NULL;
	size_t lacks;

	if (landlock_compile(&w->policy, &options, NULL, &landlock) < 0)
		return;
	/* A rule that can't be held is left out. */
	landlock_lacks(landlock, &lacks);
	for (size_t i = 0; i < n_asked && !lacks; i++)
		if (asked[i][0] == '/')
			check_place(landlock, w, asked[i]);
	landlock_free(landlock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *newline;

	n_asked = 0;
	for (size_t i = 0; i < POLICIES; i++)
		start_policy(i);
	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		read_line(at, (size_t)(newline - at));
	}
	/* A pattern without wildcards is a path, and one with them nearly is. */
	for (size_t i = 0; i < POLICIES; i++)
		for (uint32_t j = 2; j < written[i].policy.n_rules; j++)
			ask(written[i].patterns[j]);
	check_image();
	for (size_t i = 0; i < POLICIES; i++) {
		check_closed(&written[i]);
		if (written[i].policy.n_path_rules)
			check_landlock(&written[i]);
	}
	return 0;
}
