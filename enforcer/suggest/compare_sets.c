/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hooks would answer before and after, asked the same: what was seen and its neighbours, and
 * a sample of every pattern and address that a rule of either policy names, for each operation, as
 * any program, as the one that was seen, and as each that a rule's `by` names.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "room.h"

#define MAX_PROGRAMS 8
#define MAX_SAMPLES  20000

struct comparison {
	struct work *work;
	const char *exe[MAX_PROGRAMS + 2]; /* the first: none */
	size_t n_exe, samples;
	bool shut, cut;
};

static bool same_question(const struct question *a, const struct question *b)
{
	if (a->op != b->op || a->how != b->how)
		return false;
	if (a->how == ASK_PATH)
		return a->from == b->from && strcmp(a->path, b->path) == 0;
	if (a->how == ASK_ADDRESS)
		return a->family == b->family && a->port == b->port && a->protocol == b->protocol &&
		       memcmp(a->address, b->address, sizeof(a->address)) == 0;
	return a->a == b->a && a->b == b->b;
}

static const char *number_text(struct work *work, const struct question *q)
{
	const struct name_call *call = names_call_by_name(arch_native(), "socket");
	const struct policy_surface *surfaces;
	size_t count;

	switch (q->op) {
	case BL_OP_CAPABILITY:
		return say(work, "the capability %s",
			   q->a < NAMES_CAP_COUNT ? names_cap(q->a) : "?");
	case BL_OP_SURFACE:
		surfaces = policy_surfaces(&count);
		return say(work, "the surface %s", surfaces[q->a].name);
	case BL_OP_WORD:
		return q->a == BL_WORD_ANONYMOUS ? "anonymous-memory" : "writable-then-executable";
	default:
		return call ? say(work, "sockets of %s, type %s",
				  value_text(work, arch_native(), call, 0, q->a),
				  value_text(work, arch_native(), call, 1, q->b))
			    : NULL;
	}
}

static const char *question_text(struct work *work, const struct question *q)
{
	static const char *const words[] = {
		"reading",   "writing",	 "creating",	    "deleting",	     "renaming",
		"linking",   "chmod of", "chown of",	    "xattrs of",     "device files at",
		"executing", "starting", "mapping code of", "binding unix:", "connecting to unix:",
	};
	char address[INET6_ADDRSTRLEN];

	if (q->how == ASK_NUMBER)
		return number_text(work, q);
	if (q->how == ASK_PATH)
		return say(work, "%s%s%s%s", words[q->op], q->op >= BL_OP_UNIX_BIND ? "" : " ",
			   q->from == BL_STATE_NAMES ? "@" : "", q->path);
	inet_ntop(q->family, q->address, address, sizeof(address));
	return say(work, "%s %s port %u, protocol %d",
		   q->op == BL_OP_BIND	    ? "binding"
		   : q->op == BL_OP_CONNECT ? "connecting to"
					    : "listening at",
		   address, q->port, q->protocol);
}

/* Is it opened by the change, beside what was seen? As any of the programs. */
static bool opens(struct comparison *c, struct question *q)
{
	struct work *work = c->work;
	struct answer before, now;
	bool opened = false, seen = false;

	for (size_t i = 0; i < work->n && !seen; i++)
		seen = same_question(q, &work->questions[i]);
	for (size_t i = 0; i < c->n_exe; i++) {
		q->exe = c->exe[i];
		work->out->compared++;
		if (!ask(&work->before, q, &before) || !ask(&work->now, q, &now))
			continue; /* a path that is too long for either */
		c->shut |= now.action > before.action;
		opened |= now.action < before.action;
	}
	return opened && !seen;
}

static void compare(struct comparison *c, struct question *q)
{
	if (opens(c, q))
		add_line(c->work, &c->work->out->opens, question_text(c->work, q));
}

static void compare_path(struct comparison *c, uint32_t from, const char *path)
{
	struct question q = {.how = ASK_PATH, .from = from, .path = path};

	if (!path || c->samples >= MAX_SAMPLES) {
		c->cut |= path != NULL;
		return;
	}
	c->samples++;
	for (unsigned op = BL_OP_READ; op <= BL_OP_UNIX_CONNECT; op++) {
		q.op = (enum bl_op)op;
		if (from == BL_STATE_ROOT || op >= BL_OP_UNIX_BIND)
			compare(c, &q);
	}
}

/* A place that a pattern names. */
static const char *sample(struct work *work, const char *pattern)
{
	char *out = arena_alloc(work->arena, 5 * strlen(pattern) + 8, 1), *to = out;

	for (; out && *pattern; pattern++) {
		const char *close = *pattern == '[' ? strchr(pattern + 2, ']') : NULL;

		if (strncmp(pattern, "**", 2) == 0) {
			to = stpcpy(to, "any/any");
			pattern++;
		} else if (*pattern == '*') {
			to = stpcpy(to, "any");
		} else if (*pattern == '?') {
			*to++ = 'a';
		} else if (close) {
			*to++ = pattern[1] == '!' || pattern[1] == '^' ? '~' : pattern[1];
			pattern = close;
		} else {
			*to++ = *pattern;
		}
	}
	return out;
}

/* The thing itself, beside it, above and below it. */
static void compare_around(struct comparison *c, uint32_t from, const char *path)
{
	struct work *work = c->work;
	const char *slash = strrchr(path, '/');

	compare_path(c, from, path);
	compare_path(c, from, say(work, "%s~", path));
	if (from != BL_STATE_ROOT || !slash)
		return;
	compare_path(c, from, say(work, "%s/below", path));
	compare_path(c, from, slash == path ? "/" : say(work, "%.*s", (int)(slash - path), path));
	compare_path(c, from, say(work, "%.*s/beside", (int)(slash - path), path));
}

static void compare_address(struct comparison *c, const struct question *from)
{
	static const int protocols[] = {IPPROTO_TCP,  IPPROTO_UDP,  IPPROTO_UDPLITE,
					IPPROTO_SCTP, IPPROTO_ICMP, 0};
	struct question q = *from;
	unsigned last = q.family == AF_INET ? 3 : 15;

	q.how = ASK_ADDRESS;
	for (unsigned op = BL_OP_BIND; op <= BL_OP_LISTEN; op++)
		for (int host = -1; host <= 1; host++)
			for (int port = -1; port <= 1; port++)
				for (size_t p = 0; p < ARRAY_LEN(protocols); p++) {
					q.op = (enum bl_op)op;
					q.protocol = protocols[p];
					q.port = (uint16_t)(from->port + port);
					q.address[last] =
						(unsigned char)(from->address[last] + host);
					compare(c, &q);
				}
}

static void compare_rules(struct comparison *c, const struct policy *policy)
{
	struct work *work = c->work;

	for (uint32_t i = 0; i < policy->n_path_rules; i++)
		for (uint32_t j = 0; j < policy->path_rules[i].n_patterns; j++)
			compare_path(c, BL_STATE_ROOT,
				     sample(work, policy->path_rules[i].patterns[j]));
	for (uint32_t i = 0; i < policy->n_net_rules; i++)
		for (uint32_t j = 0; j < policy->net_rules[i].n_addresses; j++) {
			const struct policy_net_address *a = &policy->net_rules[i].addresses[j];
			struct question q = {.family = a->kind == NET_INET6 ? AF_INET6 : AF_INET,
					     .port = a->port_low};

			memcpy(q.address, a->address, sizeof(q.address));
			if (a->kind == NET_UNIX_PATH)
				compare_path(c, BL_STATE_ROOT, sample(work, a->pattern));
			else if (a->kind == NET_UNIX_ABSTRACT)
				compare_path(c, BL_STATE_NAMES, sample(work, a->pattern + 1));
			else if (a->kind != NET_FAMILY)
				compare_address(c, &q);
		}
}

static void compare_numbers(struct comparison *c)
{
	struct question q = {.how = ASK_NUMBER};
	size_t surfaces;

	policy_surfaces(&surfaces);
	for (q.op = BL_OP_CAPABILITY, q.a = 0; q.a < NAMES_CAP_COUNT; q.a++)
		compare(c, &q);
	for (q.op = BL_OP_SURFACE, q.a = 0; q.a < surfaces; q.a++)
		compare(c, &q);
	for (q.op = BL_OP_WORD, q.a = 0; q.a < BL_WORDS; q.a++)
		compare(c, &q);
}

/* Who may connect may have a socket to do it with: a line a family, not one a type. */
static void compare_sockets(struct comparison *c)
{
	const unsigned all = 0x47e; /* the types that there are */
	const struct name_call *call = names_call_by_name(arch_native(), "socket");
	struct question q = {.op = BL_OP_SOCKET, .how = ASK_NUMBER};
	unsigned open;

	for (q.a = 0; call && q.a < 64; q.a++) {
		open = 0;
		for (q.b = 0; q.b < 16; q.b++)
			if ((all >> q.b & 1) && opens(c, &q))
				open |= 1u << q.b;
		if (open == all)
			add_line(c->work, &c->work->out->opens,
				 say(c->work, "sockets of %s, of every type",
				     value_text(c->work, arch_native(), call, 0, q.a)));
		for (q.b = 0; open != all && q.b < 16; q.b++)
			if (open >> q.b & 1)
				add_line(c->work, &c->work->out->opens, number_text(c->work, &q));
	}
}

static void add_program(struct comparison *c, const char *exe)
{
	for (size_t i = 1; i < c->n_exe; i++)
		if (!exe || strcmp(c->exe[i], exe) == 0)
			return;
	if (!exe)
		return;
	if (c->n_exe < ARRAY_LEN(c->exe))
		c->exe[c->n_exe++] = exe;
	else
		c->cut = true;
}

static void add_programs(struct comparison *c, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_rules; i++)
		for (uint32_t j = 0; j < policy->rules[i].n_by; j++)
			add_program(c, sample(c->work, policy->rules[i].by[j]));
}

bool compare_sets(struct work *work)
{
	struct comparison c = {.work = work, .n_exe = 1};

	for (size_t i = 0; i < work->n; i++)
		add_program(&c, work->questions[i].exe);
	add_programs(&c, work->now.policy);
	for (size_t i = 0; i < work->n && !work->failed; i++) {
		const struct question *q = &work->questions[i];

		if (q->how == ASK_PATH)
			compare_around(&c, q->from, q->path);
		else if (q->how == ASK_ADDRESS)
			compare_address(&c, q);
	}
	compare_path(&c, BL_STATE_ROOT, "/");
	compare_path(&c, BL_STATE_ROOT, "/any");
	compare_rules(&c, work->before.policy);
	compare_rules(&c, work->now.policy);
	compare_numbers(&c);
	compare_sockets(&c);
	if (c.cut)
		add_line(work, &work->out->notes,
			 "the policy has more rules than were compared, so it may open more");
	return !c.shut && !work->failed;
}
