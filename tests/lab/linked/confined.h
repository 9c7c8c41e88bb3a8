/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confined: a tree of files, a program that does in it what it is asked under `bailiff run`, and what the
 * policy says by itself. Each answer of the kernel is held against that.
 */
#ifndef LAB_CONFINED_H
#define LAB_CONFINED_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/tiny.h"
#include "bailiff/load.h"
#include "bailiff/policy.h"
#include "bailiff/ruleset.h"

#define PATH_SIZE 512

static char work[256], top[300], stash[300], policy_file[300], report_file[300], error_file[300];
static char program[300];
static int abi, failures;
static unsigned asked, over; /* questions; those that were refused as documented */

static const char *format(char *out, const char *text, ...) __attribute__((format(printf, 2, 3)));
static const char *format(char *out, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	if (vsnprintf(out, PATH_SIZE, text, args) >= PATH_SIZE) {
		fprintf(stderr, "a path is too long\n");
		exit(1);
	}
	va_end(args);
	return out;
}

static void die(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- What is wrong with a row --------------------------------------------------------------------- */

static char faults[1600];
static unsigned n_faults;

/* All are printed; the first are in the line of the result. */
static void fault(const char *text, ...) __attribute__((format(printf, 1, 2)));
static void fault(const char *text, ...)
{
	size_t used = strlen(faults);
	char one[PATH_SIZE * 4];
	va_list args;

	va_start(args, text);
	vsnprintf(one, sizeof(one), text, args);
	va_end(args);
	printf("  %s\n", one);
	if (n_faults++ < 5)
		snprintf(faults + used, sizeof(faults) - used, "%s%.300s", used ? "; " : "", one);
}

static void judged(const char *name)
{
	if (n_faults)
		printf("FAIL %s: %u faults: %s\n", name, n_faults, faults);
	else
		printf("PASS %s\n", name);
	fflush(stdout);
	failures += n_faults != 0;
	n_faults = 0;
	*faults = '\0';
}

/* --- The tree ------------------------------------------------------------------------------------- */

enum kind {
	FILE_PLAIN = 1,
	FILE_RUN, /* an executable */
	DIRECTORY,
	DIRECTORY_EMPTY,
	SOCKET,
};

#define MAX_NODES 160
static struct node {
	char path[PATH_SIZE]; /* below the top: "/a/f" */
	enum kind kind;
} nodes[MAX_NODES];
static size_t n_nodes;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static const char *full(char *out, const struct node *node)
{
	return format(out, "%s%s", top, node->path);
}

static void plant(const char *path, enum kind kind)
{
	struct node *node = &nodes[n_nodes];

	for (size_t i = 0; i < n_nodes; i++)
		if (strcmp(nodes[i].path, path) == 0)
			return;
	if (n_nodes == MAX_NODES)
		return;
	n_nodes++;
	format(node->path, "%s", path);
	node->kind = kind;
}

static void grow_file(const struct node *node, size_t i)
{
	char path[PATH_SIZE], kept[PATH_SIZE];
	int fd = open(full(path, node), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, tiny, sizeof(tiny)) != sizeof(tiny) || close(fd) ||
	    link(path, format(kept, "%s/%zu", stash, i)))
		die(path);
}

static int listeners[8];
static unsigned n_listeners;

/* There has to be somebody: before the kernel has found whom, it asks nobody. */
static void grow_socket(const struct node *node)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char path[PATH_SIZE];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(full(path, node)) >= sizeof(un.sun_path))
		die("the directory's name is too long for sockets");
	strcpy(un.sun_path, path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&un, sizeof(un)) || listen(fd, 1024))
		die(path);
	listeners[n_listeners++] = fd;
}

/* The files of the list anew, each with another name outside, so that it can be put back as it is: what
 * is granted is the file, and not its name. */
static void grow(void)
{
	char path[PATH_SIZE];

	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	nftw(stash, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	while (n_listeners > 0)
		close(listeners[--n_listeners]);
	if (mkdir(top, 0755) || mkdir(stash, 0755))
		die(top);
	for (size_t i = 0; i < n_nodes; i++) {
		if (nodes[i].kind == SOCKET)
			grow_socket(&nodes[i]);
		else if (nodes[i].kind < DIRECTORY)
			grow_file(&nodes[i], i);
		else if (*nodes[i].path && mkdir(full(path, &nodes[i]), 0755))
			die(path);
	}
}

/* --- The policy by itself ------------------------------------------------------------------------- */

static struct ruleset set;
static struct diag *diag;

/* $: the tree, %: the program. */
static void write_policy(const char *classes)
{
	FILE *f = fopen(policy_file, "we");

	if (!f)
		die(policy_file);
	fputs("version: 1\nname: t\n", f);
	for (; *classes; classes++) {
		if (*classes == '$')
			fputs(top, f);
		else if (*classes == '%')
			fputs(program, f);
		else
			fputc(*classes, f);
	}
	fclose(f);
}

/* How `wholly` answered: by operation and directory. */
static signed char known[BL_OPS][MAX_NODES + 1];

static int compile(void)
{
	struct ruleset_options options = {.scopeless = true, .resolve = load_resolve};
	static struct load_machine *machine;
	struct policy *policy = NULL;
	int r = 0;

	memset(known, -1, sizeof(known));
	ruleset_clear(&set);
	diag_free(diag);
	if (diag_new(&diag) < 0)
		die("memory");
	(void)getrandom(options.key, sizeof(options.key), 0);
	if (!machine)
		r = load_machine_new(&machine);
	options.context = machine;
	if (r == 0)
		r = policy_read(policy_file, diag, &policy);
	if (r == 0)
		r = ruleset_compile((const struct policy *const *)&policy, 1, &options, diag, &set);
	if (r < 0)
		diag_print(diag, stdout);
	policy_free(policy);
	return r;
}

static bool allowed(enum bl_op op, const char *path)
{
	struct ruleset_verdict verdict;
	bool name = *path == '@';

	if (ruleset_ask_path(&set, name ? BL_STATE_NAMES : BL_STATE_ROOT, path + name, op,
			     UINT64_MAX, &verdict))
		die(path);
	return !verdict.deny;
}

static bool allowed_address(enum bl_op op, int family, uint16_t port, int protocol)
{
	static const uint8_t loopback[16] = {127, 0, 0, 1}, loopback6[16] = {[15] = 1};
	struct ruleset_verdict verdict;

	if (ruleset_ask_address(&set, op, family, family == AF_INET ? loopback : loopback6, port,
				protocol, UINT64_MAX, &verdict))
		die("ask");
	return !verdict.deny;
}

static bool allowed_socket(uint32_t family, uint32_t type)
{
	struct ruleset_verdict verdict;

	if (ruleset_ask_number(&set, BL_OP_SOCKET, family, type, UINT64_MAX, &verdict))
		die("ask");
	return !verdict.deny;
}

static const char *const *names; /* that are tried below a directory; NULL ends them */

/* No name below is denied, as far as the names go. */
static bool none_denied(enum bl_op op, char *path, unsigned depth)
{
	size_t length = strlen(path);

	for (size_t i = 0; names[i]; i++) {
		format(path + length, "/%s", names[i]);
		if (!allowed(op, path) || (depth > 1 && !none_denied(op, path, depth - 1))) {
			path[length] = '\0';
			return false;
		}
		path[length] = '\0';
	}
	return true;
}

/* Everything that may ever be in this directory is allowed. `dir`: below the top. */
static bool wholly(enum bl_op op, const char *dir)
{
	char path[2 * PATH_SIZE];
	size_t i = 0;
	unsigned depth = 4;

	while (i < n_nodes && strcmp(nodes[i].path, dir) != 0)
		i++;
	if (known[op][i] < 0) {
		for (const char *c = dir; *c; c++)
			depth -= *c == '/' && depth > 2;
		format(path, "%s%s", top, dir);
		/* What is of files can't be given to a directory that is itself denied it. */
		known[op][i] =
			none_denied(op, path, depth) && (op > BL_OP_WRITE || allowed(op, path));
	}
	return known[op][i];
}

/* --- The program under it ------------------------------------------------------------------------- */

static struct session {
	pid_t pid;
	FILE *to, *from;
} session;

static int ask(const char *op, const char *a, const char *b)
{
	int error = -1;

	asked++;
	if (fprintf(session.to, "%s %s %s\n", op, a, b) < 0 || fflush(session.to) ||
	    fscanf(session.from, "%d", &error) != 1)
		return -1;
	return error;
}

/* The policy as one file, its paths and ports in it. */
static void compile_policy(const char *bailiff, const char *out)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int err = open(error_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		dup2(err, 2);
		execl(bailiff, bailiff, "compile", "-o", out, policy_file, NULL);
		_exit(126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("waitpid");
}

static bool compiled; /* before it is run */

static bool session_start(const char *bailiff)
{
	const char *policy = policy_file;
	char file[PATH_SIZE];

	int in[2], out[2];

	unlink(report_file);
	if (compiled) {
		policy = format(file, "%s/policy.bailiff", work);
		unlink(policy);
		compile_policy(bailiff, policy);
	}
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	session.pid = fork();
	if (session.pid == 0) {
		int err = open(error_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err, 2);
		execl(bailiff, bailiff, "run", "-p", policy, "--store", "none", "--report",
		      report_file, "--", program, NULL);
		_exit(126);
	}
	close(in[0]);
	close(out[1]);
	session.to = fdopen(in[1], "w");
	session.from = fdopen(out[0], "r");
	return ask("none", "", "") == 0;
}

/* Its status. */
static int session_end(void)
{
	int status;

	fclose(session.to);
	fclose(session.from);
	if (waitpid(session.pid, &status, 0) != session.pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Has it one of the texts, which are separated by bars? */
static bool has_one(const char *line, const char *texts)
{
	char all[1000], *rest = all, *text;

	snprintf(all, sizeof(all), "%s", texts);
	while ((text = strsep(&rest, "|")))
		if (strstr(line, text))
			return true;
	return false;
}

/* Does bailiff's standard error have this line's place (0: any), and after it one of the texts? */
static bool error_says(unsigned line, const char *texts)
{
	char wanted[PATH_SIZE + 16], got[2000];
	FILE *f = fopen(error_file, "re");
	bool found = false;

	snprintf(wanted, sizeof(wanted), line ? "%s:%u:" : "%s:", policy_file, line);
	while (f && !found && fgets(got, sizeof(got), f))
		found = strncmp(got, wanted, strlen(wanted)) == 0 && has_one(got, texts);
	if (f)
		fclose(f);
	return found;
}

static const char *error_text(void)
{
	static char text[1500];
	FILE *f = fopen(error_file, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == '\n' ? '|' : *c;
	return text;
}

/* --- What is expected ----------------------------------------------------------------------------- */

/* A right that an operation takes: at a path, or, with `dir`, for a name in that directory, where it may
 * be refused although it is allowed, if something else in the directory is denied. */
struct need {
	enum bl_op op;
	const char *path, *dir;
};

enum expected {
	MAY = -1, /* allowed, and maybe not held */
	NO,
	YES,
};

static enum expected expect(const struct need *needs, size_t n)
{
	enum expected result = YES;

	for (size_t i = 0; i < n; i++) {
		if (!allowed(needs[i].op, needs[i].path))
			return NO;
		if (needs[i].dir && !wholly(needs[i].op, needs[i].dir))
			result = MAY;
	}
	return result;
}

static bool is_refusal(int error)
{
	return error == EACCES || error == EPERM || error == EXDEV;
}

/* Asks, and tells where the answer is another than expected. */
static int hold(const char *op, const char *a, const char *b, enum expected expected)
{
	int error = ask(op, a, b);
	const char *below_a = strncmp(a, top, strlen(top)) == 0 ? a + strlen(top) : a;
	const char *below_b = strncmp(b, top, strlen(top)) == 0 ? b + strlen(top) : b;

	if (expected == MAY && is_refusal(error))
		over++;
	if (error == 0 && expected == NO)
		fault("%s %s %s is allowed, the policy denies it", op, below_a, below_b);
	else if (error != 0 && (expected == YES || !is_refusal(error)))
		fault("%s %s %s: %s, the policy %s it", op, below_a, below_b, strerror(error),
		      expected == NO ? "denies" : "allows");
	return error;
}

#endif
