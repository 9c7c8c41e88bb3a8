/* SPDX-License-Identifier: Apache-2.0 */
/* What a record says was tried, and on what, in words. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "decode.h"

static const char *const operations[BL_OP_END] = {
	[BL_OP_READ] = "read",
	[BL_OP_WRITE] = "write",
	[BL_OP_CREATE] = "create",
	[BL_OP_DELETE] = "delete",
	[BL_OP_RENAME] = "rename",
	[BL_OP_LINK] = "link",
	[BL_OP_CHMOD] = "chmod",
	[BL_OP_CHOWN] = "chown",
	[BL_OP_XATTR] = "xattr",
	[BL_OP_MKNOD] = "mknod",
	[BL_OP_EXECUTE] = "execute",
	[BL_OP_EXEC] = "exec",
	[BL_OP_MAP] = "map",
	[BL_OP_UNIX_BIND] = "bind",
	[BL_OP_UNIX_CONNECT] = "connect",
	[BL_OP_BIND] = "bind",
	[BL_OP_CONNECT] = "connect",
	[BL_OP_LISTEN] = "listen",
	[BL_OP_SOCKET] = "socket",
	[BL_OP_CAPABILITY] = "capability",
	[BL_OP_SURFACE] = "surface",
	[BL_OP_WORD] = "word",
	[BL_OP_SYSCALL] = "syscall",
	[BL_OP_SELF] = "self",
	[BL_OP_ESCAPE] = "escape",
};

static const char *const words[BL_WORDS] = {
	[BL_WORD_ANONYMOUS] = "anonymous-memory",
	[BL_WORD_WX] = "writable-then-executable",
};

static const char *const selves[] = {
	[BL_SELF_BPF] = "bpf",
	[BL_SELF_PIN] = "pin",
	[BL_SELF_SERVICE] = "service",
	[BL_SELF_HOOKS] = "hooks",
};

static const char *const escapes[] = {
	[BL_ESCAPE_MOUNT] = "mount", [BL_ESCAPE_TREE] = "tree", [BL_ESCAPE_LINK] = "link",
	[BL_ESCAPE_TRACE] = "trace", [BL_ESCAPE_EXE] = "exe",	[BL_ESCAPE_UNKNOWN] = "unknown",
};

static const struct {
	unsigned number;
	const char *name;
} protocols[] = {
	{IPPROTO_TCP, "tcp"},	{IPPROTO_UDP, "udp"},	    {IPPROTO_ICMP, "icmp"},
	{IPPROTO_SCTP, "sctp"}, {IPPROTO_DCCP, "dccp"},	    {IPPROTO_UDPLITE, "udplite"},
	{IPPROTO_RAW, "raw"},	{IPPROTO_ICMPV6, "icmpv6"},
};

static const char *word_at(const char *const *list, size_t count, uint64_t i)
{
	return i < count ? list[i] : NULL;
}

const char *decode_operation(const struct bl_record *record)
{
	const struct policy_surface *surfaces;
	const char *word = NULL;
	size_t count;

	if (record->op == BL_OP_SYSCALL)
		return NULL;
	if (record->op == BL_OP_SURFACE) {
		surfaces = policy_surfaces(&count);
		word = record->object < count ? surfaces[record->object].name : NULL;
	} else if (record->op == BL_OP_WORD) {
		word = word_at(words, BL_WORDS, record->object);
	}
	return word ? word : word_at(operations, BL_OP_END, record->op);
}

/* Bytes of a name, which may hold NUL where the kernel's abstract sockets do. The length. */
static size_t copy_bytes(const char *bytes, size_t length, char *out)
{
	const char *const start = out;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i]) {
			*out++ = bytes[i];
			continue;
		}
		memcpy(out, "\\x00", 4); /* as every byte that is not UTF-8 is told */
		out += 4;
	}
	*out = '\0';
	return (size_t)(out - start);
}

static bool path_object(const struct bl_record *record, const char *bytes, const char *prefix,
			char *text)
{
	if (!record->object_bytes)
		return false;
	copy_bytes(bytes, record->object_bytes, stpcpy(text, prefix));
	return true;
}

/* A socket of the file system, or of the abstract names: "unix:@name", as policies write it. */
static bool unix_object(const struct bl_record *record, const char *bytes, char *text)
{
	struct bl_record rest = *record;

	if (!record->object_bytes || bytes[0])
		return path_object(record, bytes, "unix:", text);
	rest.object_bytes--;
	return rest.object_bytes ? path_object(&rest, bytes + 1, "unix:@", text)
				 : path_object(record, "@", "unix:", text);
}

static bool address_object(const struct bl_record *record, char *text)
{
	unsigned port = record->object >> 16 & 0xffff, protocol = record->object & 0xffff;
	bool six = record->family == AF_INET6;
	char address[INET6_ADDRSTRLEN];
	int n;

	if (!inet_ntop((int)record->family, record->address, address, sizeof(address)))
		return false;
	n = sprintf(text, "%s%s%s:%u", six ? "[" : "", address, six ? "]" : "", port);
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (protocols[i].number == protocol)
			return sprintf(text + n, "/%s", protocols[i].name) > 0;
	if (protocol)
		sprintf(text + n, "/%u", protocol);
	return true;
}

/* The name of an argument of socket(), or its number. */
static void socket_word(unsigned arg, uint32_t value, char *text, size_t size)
{
	const struct name_call *call = names_call_by_name(arch_native(), "socket");

	if (call && call->nargs >= 2)
		(void)names_decode(arch_native(), call, arg, value, text, size);
	else
		snprintf(text, size, "%u", value);
}

static bool socket_object(const struct bl_record *record, char *text)
{
	char family[64], type[64];

	socket_word(0, record->family, family, sizeof(family));
	socket_word(1, record->type, type, sizeof(type));
	return sprintf(text, "%s/%s", family, type) > 0;
}

static bool capability_object(const struct bl_record *record, char *text)
{
	const char *name =
		record->object < NAMES_CAP_COUNT ? names_cap((unsigned)record->object) : NULL;

	if (name)
		return sprintf(text, "CAP_%s", name) > 0;
	return sprintf(text, "%llu", (unsigned long long)record->object) > 0;
}

/* "mount", and where, if that is known: "mount /srv". */
static bool own_object(const struct bl_record *record, const char *word, const char *bytes,
		       char *text)
{
	int n = word ? sprintf(text, "%s", word)
		     : sprintf(text, "%llu", (unsigned long long)record->object);

	path_object(record, bytes, " ", text + n);
	return true;
}

bool decode_object(const struct bl_record *record, const char *bytes, char *text)
{
	switch (record->op) {
	case BL_OP_UNIX_BIND:
	case BL_OP_UNIX_CONNECT:
		return unix_object(record, bytes, text);
	case BL_OP_BIND:
	case BL_OP_CONNECT:
	case BL_OP_LISTEN:
		return address_object(record, text);
	case BL_OP_SOCKET:
		return socket_object(record, text);
	case BL_OP_CAPABILITY:
		return capability_object(record, text);
	case BL_OP_SELF:
		return own_object(record, word_at(selves, ARRAY_LEN(selves), record->object), bytes,
				  text);
	case BL_OP_ESCAPE:
		return own_object(record, word_at(escapes, ARRAY_LEN(escapes), record->object),
				  bytes, text);
	default:
		return path_object(record, bytes, "", text);
	}
}
