/* SPDX-License-Identifier: Apache-2.0 */
/* Trees and policies at random, of what Landlock can hold: none may be refused. */
#ifndef LAB_CONFINED_RANDOM_H
#define LAB_CONFINED_RANDOM_H

#include "confined.h"

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed * 0x2545f4914f6cdd1dull) >> 33) % n;
}
#define PICK(list) (list)[below(sizeof(list) / sizeof((list)[0]))]

static const char *const letters[] = {"a", "b", "ab", "f", "x"};
static const char *const wilds[] = {"*", "?", "a*", "*b", "[ab]", "[!a]", "?b", "*"};

static void random_tree(void)
{
	char path[PATH_SIZE];
	size_t i;

	n_nodes = 0;
	plant("", DIRECTORY);
	plant("/k", DIRECTORY);
	for (i = 0; i < 40 && n_nodes < 28; i++) {
		const struct node *in = &nodes[below((unsigned)n_nodes)];
		unsigned depth = 0;

		for (const char *c = in->path; *c; c++)
			depth += *c == '/';
		if (in->kind != DIRECTORY || depth > 2)
			continue;
		format(path, "%s/%s", in->path, PICK(letters));
		plant(path, below(3) == 0 ? DIRECTORY : below(2) ? FILE_PLAIN : FILE_RUN);
	}
	for (i = 1; i < n_nodes; i++) {
		bool used = strcmp(nodes[i].path, "/k") == 0;

		for (size_t j = 0; j < n_nodes; j++)
			used = used ||
			       (strncmp(nodes[j].path, nodes[i].path, strlen(nodes[i].path)) == 0 &&
				nodes[j].path[strlen(nodes[i].path)] == '/');
		if (nodes[i].kind == DIRECTORY && !used)
			nodes[i].kind = DIRECTORY_EMPTY;
	}
}

/* `tree`: all that is below, for a right of a directory can't be given for a name alone. */
static void random_pattern(FILE *f, bool tree)
{
	unsigned n = 1 + below(3);

	fputs("\"$", f);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "/%s", below(4) ? PICK(letters) : PICK(wilds));
	fputs(tree || below(5) < 2 ? "/**\"" : "\"", f);
}

/* Words that go together: whatever rules say of these, Landlock can hold it. */
static const char *const joined[] = {"read, execute", "write", "create, delete, rename", "mknod"};
static const char *const apart[] = {"read", "write", "create, delete, rename, mknod"};
static const char *const at_once[] = {"read, execute, write, create, delete, rename, mknod"};

static void random_rules(FILE *f, const char *list, const char *const *groups, unsigned n_groups,
			 unsigned count)
{
	fprintf(f, "  %s:%s\n", list, count ? "" : " []");
	for (unsigned i = 0; i < count; i++) {
		unsigned chosen = 1 + below((1u << n_groups) - 1), n = 1 + below(2);
		bool first = true, tree = false;

		for (unsigned j = 0; j < n_groups; j++)
			tree = tree || ((chosen >> j & 1) && (strstr(groups[j], "mknod") ||
							      strstr(groups[j], "create")));

		fputs("    - {paths: [", f);
		for (unsigned j = 0; j < n; j++) {
			fputs(j ? ", " : "", f);
			random_pattern(f, tree && *list == 'a');
		}
		fputs("], access: [", f);
		for (unsigned j = 0; j < n_groups; j++) {
			if (chosen >> j & 1)
				fprintf(f, "%s%s", first ? "" : ", ", groups[j]);
			first = first && !(chosen >> j & 1);
		}
		fputs("]}\n", f);
	}
}

static void random_files(FILE *f)
{
	bool open = below(3) != 0;
	const char *const *groups = joined;
	unsigned n = 4, kind = below(open ? 3 : 2);

	if (kind == 1) {
		groups = at_once;
		n = 1;
	} else if (kind == 2) {
		groups = apart;
		n = 3;
	}
	fprintf(f, "files:\n  default: %s\n", open ? "allow" : "deny");
	random_rules(f, "deny", groups, n, below(4) + open);
	random_rules(f, "allow", groups, n, below(4) + !open);
	if (!open)
		fputs("    - {paths: [%], access: [read, execute]}\n", f);
	if (!open && below(2))
		fputs("    - {paths: [/**], access: [chmod, chown, xattr, link]}\n", f);
}

static void random_exec(FILE *f)
{
	bool open = below(2);

	fprintf(f, "exec:\n  default: %s\n  %s: [", open ? "allow" : "deny",
		open ? "allow" : "deny");
	random_pattern(f, false);
	fprintf(f, "]\n  %s: [", open ? "deny" : "allow");
	for (unsigned i = below(3); i > 0; i--) {
		random_pattern(f, false);
		fputs(", ", f);
	}
	fputs(open ? "/nowhere]\n" : "%]\n", f);
}

/* Half of these can't be held; what is started has to be. */
static void random_addresses(FILE *f, const char *list, unsigned count)
{
	static const char *const where[] = {
		"20001/tcp", "20002/tcp", "20001-20002/tcp", "*/tcp", "*/udp", "20003/udp", "*/*"};
	static const char *const unixes[] = {"unix:@**", "unix:/**", "unix:$/a/**"};
	static const char *const ops[] = {"bind", "connect", "connect", "bind"};
	static const char *const families[] = {"socket: [AF_NETLINK]", "socket: [AF_INET]",
					       "socket: [AF_INET6], type: [SOCK_STREAM]",
					       "socket: [AF_UNIX]",
					       "socket: [AF_INET, AF_INET6], type: [SOCK_RAW]"};

	fprintf(f, "  %s:%s\n", list, count ? "" : " []");
	for (unsigned i = 0; i < count; i++) {
		if (below(5) == 0)
			fprintf(f, "    - {%s}\n", PICK(families));
		else if (below(4) == 0)
			fprintf(f, "    - {%s: [\"%s\"]}\n", PICK(ops), PICK(unixes));
		else
			fprintf(f, "    - {%s: [\"*:%s\"]}\n", PICK(ops), PICK(where));
	}
}

static void random_network(FILE *f)
{
	bool open = below(3) == 0;

	fprintf(f, "network:\n  default: %s\n", open ? "allow" : "deny");
	random_addresses(f, "allow", below(5) + !open);
	random_addresses(f, "deny", below(3) + open);
}

static const char *random_policy(bool network)
{
	static char *text;
	size_t size;
	FILE *f;

	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	if (!f)
		die("memory");
	if (network)
		random_network(f);
	else
		random_files(f);
	if (!network && below(3) == 0)
		random_exec(f);
	fclose(f);
	return text;
}

#endif
