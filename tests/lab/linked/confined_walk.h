/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation on everything in the tree, each undone before the next. */
#ifndef LAB_CONFINED_WALK_H
#define LAB_CONFINED_WALK_H

#include "confined.h"

#define ELSEWHERE "/k" /* the directory that things are moved to */

#define EXPECT(...)                                                                                \
	expect((const struct need[]){__VA_ARGS__},                                                 \
	       sizeof((const struct need[]){__VA_ARGS__}) / sizeof(struct need))

static enum expected weakened(enum expected expected, bool weaker)
{
	return expected == YES && weaker ? MAY : expected;
}

static void put_back(const struct node *node, size_t i)
{
	char path[PATH_SIZE], kept[PATH_SIZE];

	if (access(full(path, node), F_OK) != 0 && link(format(kept, "%s/%zu", stash, i), path))
		die(path);
}

static void parent_of(char *out, const char *path)
{
	format(out, "%s", path);
	*strrchr(out, '/') = '\0';
}

/* Would the file be allowed more by this name? */
static bool gains(const char *from, const char *to)
{
	static const enum bl_op kept[] = {BL_OP_READ, BL_OP_WRITE, BL_OP_EXECUTE, BL_OP_EXEC};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (!allowed(kept[i], from) && allowed(kept[i], to))
			return true;
	/* Of any file. */
	return abi >= 9 && !allowed(BL_OP_UNIX_CONNECT, from) && allowed(BL_OP_UNIX_CONNECT, to);
}

/* What the new name `b` of `a` allows: nothing that `a` does not. Then it is no more. */
static void look_moved(const char *op, const char *a, const char *b, bool moved)
{
	if (!allowed(BL_OP_READ, a) && ask("read", b, "") == 0)
		fault("%s %s: it can be read as %s", op, a + strlen(top), b + strlen(top));
	if (!allowed(BL_OP_WRITE, a) && ask("write", b, "") == 0)
		fault("%s %s: it can be written as %s", op, a + strlen(top), b + strlen(top));
	if (moved ? rename(b, a) : unlink(b))
		die(b);
}

static void walk_names(const char *p, const char *dir, const char *q, const char *to)
{
	enum expected e =
		EXPECT({BL_OP_RENAME, p, dir}, {BL_OP_RENAME, q, to}, {BL_OP_CREATE, q, to});
	bool away = strcmp(dir, to) != 0;

	e = weakened(e, !wholly(BL_OP_DELETE, dir) || (away && gains(p, q)));
	if (hold("rename", p, q, e) == 0)
		look_moved("rename", p, q, true);
	e = EXPECT({BL_OP_LINK, p, dir}, {BL_OP_LINK, q, to}, {BL_OP_CREATE, q, to});
	/* What lets a name lead to another directory lets a file be moved there. */
	e = weakened(e, away && (gains(p, q) || !wholly(BL_OP_RENAME, dir) ||
				 !wholly(BL_OP_RENAME, to)));
	if (hold("link", p, q, e) == 0)
		look_moved("link", p, q, false);
}

static void walk_file(const struct node *node, size_t i)
{
	char p[PATH_SIZE], dir[PATH_SIZE], q[PATH_SIZE];
	enum expected e;
	bool rough;

	full(p, node);
	parent_of(dir, node->path);
	if (node->kind == FILE_RUN) {
		e = EXPECT({BL_OP_EXECUTE, p, NULL}, {BL_OP_EXEC, p, NULL});
		hold("exec", p, "", weakened(e, !allowed(BL_OP_READ, p)));
	}
	hold("read", p, "", EXPECT({BL_OP_READ, p, NULL}));
	hold("write", p, "", EXPECT({BL_OP_WRITE, p, NULL}));
	hold("append", p, "", EXPECT({BL_OP_WRITE, p, NULL}));
	hold("both", p, "", EXPECT({BL_OP_READ, p, NULL}, {BL_OP_WRITE, p, NULL}));
	hold("trunc", p, "", EXPECT({BL_OP_WRITE, p, NULL}));
	/* Before ABI 3 nothing is truncated but by who may write it, where a policy denies some writing. */
	rough = abi < 3 && !wholly(BL_OP_WRITE, "");
	hold("readtrunc", p, "",
	     weakened(EXPECT({BL_OP_READ, p, NULL}, {BL_OP_WRITE, p, NULL}), rough));
	hold("truncate", p, "", weakened(EXPECT({BL_OP_WRITE, p, NULL}), rough));
	hold("path", p, "", YES);
	hold("chmod", p, "", EXPECT({BL_OP_CHMOD, p, NULL}));
	hold("chown", p, "", EXPECT({BL_OP_CHOWN, p, NULL}));
	hold("setxattr", p, "", EXPECT({BL_OP_XATTR, p, NULL}));
	if (hold("unlink", p, "", EXPECT({BL_OP_DELETE, p, dir})) == 0)
		put_back(node, i);
	walk_names(p, dir, format(q, "%s%s/new", top, dir), dir);
	if (strcmp(dir, ELSEWHERE) != 0)
		walk_names(p, dir, format(q, "%s" ELSEWHERE "/new", top), ELSEWHERE);
}

/* An old file moved over another in the same directory. */
static void walk_pair(const struct node *one, const struct node *other, size_t n_other)
{
	char p[PATH_SIZE], q[PATH_SIZE], dir[PATH_SIZE];
	enum expected e;

	full(p, one);
	full(q, other);
	parent_of(dir, one->path);
	e = EXPECT({BL_OP_RENAME, p, dir}, {BL_OP_RENAME, q, dir}, {BL_OP_DELETE, q, dir});
	e = weakened(e, !wholly(BL_OP_DELETE, dir) || !wholly(BL_OP_CREATE, dir));
	if (hold("rename", p, q, e) == 0) {
		if (rename(q, p))
			die(q);
		put_back(other, n_other);
	}
	e = EXPECT({BL_OP_RENAME, p, dir}, {BL_OP_RENAME, q, dir});
	e = weakened(e, !wholly(BL_OP_DELETE, dir) || !wholly(BL_OP_CREATE, dir));
	if (hold("exchange", p, q, e) == 0 && renameat2(0, p, 0, q, RENAME_EXCHANGE))
		die(q);
}

static void walk_new(const char *op, const char *path, enum expected expected)
{
	if (hold(op, path, "", expected) == 0 && remove(path))
		die(path);
}

static void walk_directory(const struct node *node, bool unixes)
{
	char p[PATH_SIZE], q[PATH_SIZE], away[PATH_SIZE], up[PATH_SIZE];
	const char *dir = node->path;
	enum expected made;
	int fd;

	full(p, node);
	format(q, "%s/new", p);
	made = EXPECT({BL_OP_CREATE, q, dir});
	hold("list", p, "", EXPECT({BL_OP_READ, p, dir}));
	walk_new("creat", q, EXPECT({BL_OP_CREATE, q, dir}, {BL_OP_WRITE, q, dir}));
	unlink(q); /* made, and not opened */
	walk_new("regular", q, made);
	walk_new("mkdir", q, made);
	walk_new("symlink", q, made);
	walk_new("fifo", q, EXPECT({BL_OP_MKNOD, q, dir}));
	if (geteuid() == 0) {
		walk_new("chardev", q, EXPECT({BL_OP_MKNOD, q, dir}));
		walk_new("blockdev", q, EXPECT({BL_OP_MKNOD, q, dir}));
	}
	if (unixes)
		walk_new("bindunix", q,
			 allowed_socket(AF_UNIX, SOCK_STREAM)
				 ? EXPECT({BL_OP_CREATE, q, dir}, {BL_OP_UNIX_BIND, q, dir})
				 : NO);
	hold("tmpfile", p, "", EXPECT({BL_OP_WRITE, q, dir}));
	fd = open(q, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0 || close(fd))
		die(q);
	hold("read", q, "", EXPECT({BL_OP_READ, q, dir}));
	hold("write", q, "", EXPECT({BL_OP_WRITE, q, dir}));
	hold("unlink", q, "", EXPECT({BL_OP_DELETE, q, dir}));
	unlink(q);
	if (!*dir || strcmp(dir, ELSEWHERE) == 0)
		return;
	parent_of(up, dir);
	format(away, "%s" ELSEWHERE "/new", top);
	made = EXPECT({BL_OP_RENAME, p, up}, {BL_OP_RENAME, away, ELSEWHERE},
		      {BL_OP_CREATE, away, ELSEWHERE});
	if (hold("rename", p, away, weakened(made, true)) == 0 && rename(away, p))
		die(p);
}

static void walk_sockets(const struct node *node)
{
	char p[PATH_SIZE];

	full(p, node);
	hold("connectunix", p, "",
	     allowed_socket(AF_UNIX, SOCK_STREAM) ? EXPECT({BL_OP_UNIX_CONNECT, p, NULL}) : NO);
}

static void walk_tree(void)
{
	char p[PATH_SIZE], dir[PATH_SIZE], other[PATH_SIZE];

	for (size_t i = 0; i < n_nodes; i++) {
		if (nodes[i].kind >= DIRECTORY && nodes[i].kind != SOCKET)
			walk_directory(&nodes[i], strlen(top) + strlen(nodes[i].path) < 90);
		else if (nodes[i].kind == SOCKET)
			walk_sockets(&nodes[i]);
		else
			walk_file(&nodes[i], i);
	}
	for (size_t i = 0; i + 1 < n_nodes; i++) {
		if (nodes[i].kind >= DIRECTORY || nodes[i + 1].kind >= DIRECTORY)
			continue;
		parent_of(dir, nodes[i].path);
		parent_of(other, nodes[i + 1].path);
		if (strcmp(dir, other) == 0)
			walk_pair(&nodes[i], &nodes[i + 1], i + 1);
	}
	for (size_t i = 0; i < n_nodes; i++) { /* what is gone, is gone */
		if (nodes[i].kind != DIRECTORY_EMPTY)
			continue;
		full(p, &nodes[i]);
		parent_of(dir, nodes[i].path);
		hold("rmdir", p, "", EXPECT({BL_OP_DELETE, p, dir}));
	}
}

/* --- The network ---------------------------------------------------------------------------------- */

static const uint16_t ports[] = {20001, 20002, 20003, 30000};

static enum expected expect_port(enum bl_op op, int family, uint16_t port, int protocol)
{
	return allowed_socket((uint32_t)family,
			      protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) &&
	       allowed_address(op, family, port, protocol);
}

static char outside[PATH_SIZE]; /* the abstract name of a socket that listens */

static void walk_network(void)
{
	static const struct {
		const char *op;
		enum bl_op asks;
		int family, protocol;
	} tries[] = {
		{"bindtcp", BL_OP_BIND, AF_INET, IPPROTO_TCP},
		{"connecttcp", BL_OP_CONNECT, AF_INET, IPPROTO_TCP},
		{"bindtcp6", BL_OP_BIND, AF_INET6, IPPROTO_TCP},
		{"connecttcp6", BL_OP_CONNECT, AF_INET6, IPPROTO_TCP},
		{"bindudp", BL_OP_BIND, AF_INET, IPPROTO_UDP},
		{"connectudp", BL_OP_CONNECT, AF_INET, IPPROTO_UDP},
		{"sendudp", BL_OP_CONNECT, AF_INET, IPPROTO_UDP},
	};
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
	char port[PATH_SIZE], type[PATH_SIZE];

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		for (size_t j = 0; j < sizeof(ports) / sizeof(ports[0]); j++)
			hold(tries[i].op, format(port, "%u", ports[j]), "",
			     expect_port(tries[i].asks, tries[i].family, ports[j],
					 tries[i].protocol));
	/* The kernel chooses a port for who listens without one, and asks for none: port 0 stands for that. */
	hold("listentcp", "-", "", expect_port(BL_OP_LISTEN, AF_INET, 0, IPPROTO_TCP));
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++)
			if (!allowed_socket((uint32_t)families[i], (uint32_t)types[j]))
				hold("socket", format(port, "%d", families[i]),
				     format(type, "%d", types[j]), NO);
	hold("connectunix", outside, "",
	     allowed_socket(AF_UNIX, SOCK_STREAM) && allowed(BL_OP_UNIX_CONNECT, outside));
	hold("bindunix", "@bailiff-inside", "",
	     allowed_socket(AF_UNIX, SOCK_STREAM) && allowed(BL_OP_UNIX_BIND, "@bailiff-inside"));
}

#endif
