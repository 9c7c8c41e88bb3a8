/* SPDX-License-Identifier: Apache-2.0 */
/* What a hook was asked, from the words of its violation; and the same as a policy's rules have it. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static const struct {
	enum policy_class class;
	const char *word;
	enum bl_op op;
} operations[] = {
	{CLASS_FILES, "read", BL_OP_READ},
	{CLASS_FILES, "write", BL_OP_WRITE},
	{CLASS_FILES, "create", BL_OP_CREATE},
	{CLASS_FILES, "delete", BL_OP_DELETE},
	{CLASS_FILES, "rename", BL_OP_RENAME},
	{CLASS_FILES, "link", BL_OP_LINK},
	{CLASS_FILES, "chmod", BL_OP_CHMOD},
	{CLASS_FILES, "chown", BL_OP_CHOWN},
	{CLASS_FILES, "xattr", BL_OP_XATTR},
	{CLASS_FILES, "mknod", BL_OP_MKNOD},
	{CLASS_FILES, "execute", BL_OP_EXECUTE},
	{CLASS_EXEC, "exec", BL_OP_EXEC},
	{CLASS_EXEC, "map", BL_OP_MAP},
	{CLASS_EXEC, "anonymous-memory", BL_OP_WORD},
	{CLASS_EXEC, "writable-then-executable", BL_OP_WORD},
	{CLASS_NETWORK, "bind", BL_OP_BIND},
	{CLASS_NETWORK, "connect", BL_OP_CONNECT},
	{CLASS_NETWORK, "listen", BL_OP_LISTEN},
	{CLASS_NETWORK, "socket", BL_OP_SOCKET},
	{CLASS_CAPABILITIES, "capability", BL_OP_CAPABILITY},
};

static const struct {
	const char *word;
	int protocol;
	bool written; /* a policy has a word for it */
} protocols[] = {
	{"tcp", IPPROTO_TCP, true},	    {"udp", IPPROTO_UDP, true},
	{"udplite", IPPROTO_UDPLITE, true}, {"sctp", IPPROTO_SCTP, true},
	{"dccp", IPPROTO_DCCP, true},	    {"icmp", IPPROTO_ICMP, false},
	{"icmpv6", IPPROTO_ICMPV6, false},  {"raw", IPPROTO_RAW, false},
};

/* IPv4 in IPv6's clothes is IPv4. */
static void undress(struct question *q)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (q->family != AF_INET6 || memcmp(q->address, mapped, sizeof(mapped)) != 0)
		return;
	q->family = AF_INET;
	memmove(q->address, q->address + 12, 4);
	memset(q->address + 4, 0, 12);
}

/* "1.2.3.4:80/tcp", "[::1]:53/udp" */
static bool read_address(const char *text, struct question *q)
{
	char host[INET6_ADDRSTRLEN + 1];
	const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':'), *colon;
	const char *number;
	uint64_t protocol = 0;
	unsigned long port;
	size_t length;
	char *rest;

	q->family = text[0] == '[' ? AF_INET6 : AF_INET;
	text += text[0] == '[';
	length = end ? (size_t)(end - text) : sizeof(host);
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	colon = end + (*end == ']');
	if (inet_pton(q->family, host, q->address) != 1 || *colon != ':' ||
	    !isdigit((unsigned char)colon[1]))
		return false;
	port = strtoul(colon + 1, &rest, 10);
	if (port > UINT16_MAX || (*rest && *rest != '/'))
		return false;
	undress(q);
	q->port = (uint16_t)port;
	q->how = ASK_ADDRESS;
	for (size_t i = 0; *rest && i < ARRAY_LEN(protocols); i++)
		if (strcmp(protocols[i].word, rest + 1) == 0) {
			q->protocol = protocols[i].protocol;
			return true;
		}
	number = rest + 1;
	if (*rest && (!take_number(&number, 10, &protocol) || *number || protocol > UINT8_MAX))
		return false;
	q->protocol = *rest ? (int)protocol : 0;
	return true;
}

/* "AF_NETLINK/SOCK_RAW", with flags on the type. */
static bool read_socket(const char *text, struct question *q)
{
	const char *slash = strchr(text, '/');
	char family[128];
	uint64_t a, b;

	if (!slash || slash - text >= (ptrdiff_t)sizeof(family))
		return false;
	memcpy(family, text, (size_t)(slash - text));
	family[slash - text] = '\0';
	if (!value_of(arch_native(), family, &a) || !value_of(arch_native(), slash + 1, &b))
		return false;
	q->how = ASK_NUMBER;
	q->a = (uint32_t)a;
	q->b = (uint32_t)b & 0xf;
	return true;
}

/* Bytes that were not UTF-8 are told as \xNN, and a NUL of an abstract name. */
static bool was_escaped(const char *text)
{
	for (const char *at = text; (at = strstr(at, "\\x")); at += 2)
		if (isxdigit((unsigned char)at[2]) && isxdigit((unsigned char)at[3]) &&
		    (strchr("89abcdefABCDEF", at[2]) || strncmp(at + 2, "00", 2) == 0))
			return true;
	return false;
}

static const char *read_path(const char *text, struct question *q)
{
	if (was_escaped(text) || !utf8_valid(text, strlen(text)))
		return "its name is not valid UTF-8, so a policy, which is, can't name it; a "
		       "pattern "
		       "with ? for each such byte can";
	if (q->from != BL_STATE_NAMES && text[0] != '/')
		return "its path is not known";
	if (strlen(text) >= BL_OBJECT_MAX - 1)
		return "its name was told only in part";
	q->how = ASK_PATH;
	q->path = text;
	return NULL;
}

static const char *read_network(const char *object, struct question *q)
{
	if (q->op == BL_OP_SOCKET)
		return read_socket(object, q) ? NULL : "the family and type are not known";
	if (strncmp(object, "unix:", 5) != 0)
		return read_address(object, q) ? NULL : "the address is not known";
	if (q->op == BL_OP_LISTEN)
		return "listening on a unix socket is not told apart from binding it";
	q->op = q->op == BL_OP_BIND ? BL_OP_UNIX_BIND : BL_OP_UNIX_CONNECT;
	q->from = object[5] == '@' ? BL_STATE_NAMES : BL_STATE_ROOT;
	if (strcmp(object + 5, "@") == 0)
		return "the socket has no name";
	return read_path(object + 5 + (object[5] == '@'), q);
}

static const char *read_surface(const char *operation, struct question *q)
{
	size_t count;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(surfaces[i].name, operation) == 0) {
			q->op = BL_OP_SURFACE;
			q->how = ASK_NUMBER;
			q->a = (uint32_t)i;
			return NULL;
		}
	return "it is no surface of the kernel that bailiff knows";
}

static const char *read_object(const struct event *event, struct question *q)
{
	const char *object = event->object ? event->object : "";
	unsigned cap;

	switch (q->op) {
	case BL_OP_CAPABILITY:
		if (names_cap_value(object, &cap) < 0)
			return "it is no capability that bailiff knows";
		q->a = cap;
		q->how = ASK_NUMBER;
		return NULL;
	case BL_OP_WORD:
		q->how = ASK_NUMBER;
		q->a = strcmp(event->operation, "anonymous-memory") == 0 ? BL_WORD_ANONYMOUS
									 : BL_WORD_WX;
		return NULL;
	case BL_OP_BIND:
	case BL_OP_CONNECT:
	case BL_OP_LISTEN:
	case BL_OP_SOCKET:
		return read_network(object, q);
	default:
		return read_path(object, q);
	}
}

int read_question(struct work *work, const struct event *event, struct question *ret_question,
		  const char **ret_reason)
{
	const char *operation = event->operation ? event->operation : "";
	struct question q = {.op = BL_OP_END, .from = BL_STATE_ROOT};

	(void)work;
	if (event->process && event->process->exe && event->process->exe[0] == '/')
		q.exe = event->process->exe;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		if (operations[i].class == event->class &&
		    strcmp(operations[i].word, operation) == 0)
			q.op = operations[i].op;
	if (event->class == CLASS_KERNEL)
		*ret_reason = read_surface(operation, &q);
	else if (event->class == CLASS_SYSCALLS)
		*ret_reason =
			"which call it was is not known: a killed program is known by its end "
			"alone";
	else if (q.op == BL_OP_END)
		*ret_reason = "it is bailiff's own protection, of which no policy decides";
	else
		*ret_reason = read_object(event, &q);
	*ret_question = q;
	return *ret_reason ? -ENOTSUP : 0;
}

static uint64_t places_of(const struct state *state, const char *exe)
{
	uint64_t policies, by = 0;

	if (!exe || ruleset_ask_scope(&state->set, exe, NULL, 0, &policies, &by) < 0)
		by = 0;
	return ruleset_places(&state->set, state->policies, by);
}

bool ask(const struct state *state, const struct question *q, struct answer *ret_answer)
{
	uint64_t places = places_of(state, q->exe);
	struct ruleset_verdict verdict;
	int r;

	if (q->how == ASK_PATH)
		r = ruleset_ask_path(&state->set, q->from, q->path, q->op, places, &verdict);
	else if (q->how == ASK_ADDRESS)
		r = ruleset_ask_address(&state->set, q->op, q->family, q->address, q->port,
					q->protocol, places, &verdict);
	else
		r = ruleset_ask_number(&state->set, q->op, q->a, q->b, places, &verdict);
	if (r < 0)
		return false;
	ret_answer->action = verdict.deny    ? ACTION_ERRNO
			     : verdict.audit ? ACTION_AUDIT
					     : ACTION_ALLOW;
	ret_answer->rule = verdict.rule < state->policy->n_rules ? verdict.rule : POLICY_NO_RULE;
	return true;
}

/* --- As rules have it --------------------------------------------------------------------------- */

const char *path_text(struct work *work, const struct question *q, const char **ret_reason)
{
	const char *pattern = literal(work, q->path);

	return pattern ? quote(work, pattern, ret_reason) : NULL;
}

const char *address_text(struct work *work, const struct question *q, const char **ret_reason)
{
	char address[INET6_ADDRSTRLEN];
	const char *protocol = "*", *pattern;

	if (q->how == ASK_PATH) {
		pattern = literal(work, q->path);
		return pattern ? quote(work,
				       say(work, "unix:%s%s", q->from == BL_STATE_NAMES ? "@" : "",
					   pattern),
				       ret_reason)
			       : NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (protocols[i].written && protocols[i].protocol == q->protocol)
			protocol = protocols[i].word;
	if (!inet_ntop(q->family, q->address, address, sizeof(address)))
		return NULL;
	if (*protocol == '*')
		add_line(work, &work->out->notes,
			 "the rule is for any protocol: a policy has no word for the one that was "
			 "seen");
	return say(work, q->family == AF_INET ? "\"%s:%u/%s\"" : "\"[%s]:%u/%s\"", address, q->port,
		   protocol);
}
