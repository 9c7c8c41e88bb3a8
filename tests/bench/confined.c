/* SPDX-License-Identifier: Apache-2.0 */
/* What path rules cost a program that is started under them: its start, and each file that it opens. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/landlock.h"
#include "bailiff/probe.h"
#include "bench.h"

#define RULES  100
#define OPENS  50000
#define ROUNDS 9

/* All that there is to grant. */
struct places {
	char directory[128]; /* of which there are RULES - 3 in it */
	char list[160], self[256];
	char wide[160], narrow[160]; /* the policies; compiled they end in .bailiff */
};

/* --- The program that opens files ------------------------------------------------------------------ */

/* A ruleset of the same rights at the same places, and nothing else. */
static void restrict_barely(const char *list)
{
	struct {
		uint64_t fs, net, scoped;
	} attr = {0};
	struct __attribute__((packed)) {
		uint64_t rights;
		int32_t fd;
	} rule = {0};
	unsigned abi = (unsigned)probe_landlock(), bit;
	char path[256];
	FILE *in = fopen(list, "r");
	int fd;

	for (bit = 0; bit < LANDLOCK_FS_BITS; bit++)
		if (landlock_fs_since(bit) <= abi)
			attr.fs |= 1ull << bit;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, abi < 4 ? 8 : abi < 6 ? 16 : 24, 0);
	while (in && fgets(path, sizeof(path), in)) {
		struct stat st;

		path[strcspn(path, "\n")] = '\0';
		rule.fd = open(path, O_PATH | O_CLOEXEC);
		rule.rights =
			LANDLOCK_READ_FILE | LANDLOCK_EXECUTE | (abi >= 5 ? LANDLOCK_IOCTL_DEV : 0);
		if (rule.fd < 0 || fstat(rule.fd, &st) < 0)
			bench_fail(path);
		if (S_ISDIR(st.st_mode))
			rule.rights |= LANDLOCK_READ_DIR;
		if (syscall(SYS_landlock_add_rule, fd, 1, &rule, 0) < 0)
			bench_fail("landlock_add_rule");
		close(rule.fd);
	}
	if (!in || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		bench_fail("a bare ruleset");
	fclose(in);
	close(fd);
}

/* --open FILE [LIST]: ns for an open and a close, to standard output; with a list of places, under a
 * ruleset of our own. */
int bench_opener(int argc, char **argv)
{
	uint64_t began;
	int i, fd;

	if (argc < 3)
		return 2;
	if (argc > 3)
		restrict_barely(argv[3]);
	began = bench_now();
	for (i = -1000; i < OPENS; i++) {
		if (i == 0)
			began = bench_now();
		fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || close(fd) < 0)
			return 3;
	}
	printf("%.1f\n", (double)(bench_now() - began) / OPENS);
	return 0;
}

static double ask(const char *command)
{
	FILE *in = popen(command, "r");
	double ns = -1;

	if (!in || fscanf(in, "%lf", &ns) != 1 || pclose(in) != 0)
		bench_fail(command);
	return ns;
}

static void bench_opens(const struct bench *b, const struct places *p)
{
	enum { PLAIN, BARE, OURS, TOLD, FILTERED, WAYS };
	static double values[WAYS][ROUNDS];
	char command[WAYS][1024], what[512];
	double m[WAYS];
	int i, j;

	snprintf(what, sizeof(what), "%s --open %s/42/file", p->self, p->directory);
	snprintf(command[PLAIN], sizeof(command[0]), "%s", what);
	snprintf(command[BARE], sizeof(command[0]), "%s %s", what, p->list);
	snprintf(command[OURS], sizeof(command[0]), "%s-static run -p %s.bailiff -r none -- %s",
		 b->bailiff, p->wide, what);
	snprintf(command[TOLD], sizeof(command[0]),
		 "%s-static run -p %s.bailiff -r %s/told.jsonl -- %s", b->bailiff, p->wide,
		 b->scratch, what);
	snprintf(command[FILTERED], sizeof(command[0]), "%s-static run -p %s.bailiff -r none -- %s",
		 b->bailiff, p->narrow, what);
	for (j = 0; j < ROUNDS; j++)
		for (i = 0; i < WAYS; i++)
			values[i][j] = ask(command[i]);
	for (i = 0; i < WAYS; i++)
		m[i] = bench_median(values[i], ROUNDS);
	bench_row("open and close a file, under 100 path rules", "ns", m[OURS], "a bare Landlock",
		  m[BARE], "nothing on top");
	bench_row("the same, not governed", "ns", m[PLAIN], NULL, -1, "-");
	bench_row("the same, with reports", "ns", m[TOLD], "without", m[OURS], "<= 1.1 x");
	bench_row("the same, with a filter for chmod and the like", "ns", m[FILTERED],
		  "a bare Landlock", m[BARE], "-");
}

/* --- Starts ------------------------------------------------------------------------------------------ */

static FILE *create(const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		bench_fail(path);
	return out;
}

/* RULES rules, each of a place that may be read and executed. A filter has nothing to do where `more` allows
 * the words that no right is for, and no rule is of exec. */
static void write_policy(const struct places *p, const char *path, const char *name,
			 const char *more, bool exec)
{
	FILE *out = create(path);
	int i;

	fprintf(out,
		"version: 1\nname: %s\nfiles:\n  default: deny\n  allow:\n%s"
		"    - {paths: [/usr/**], access: [read, execute]}\n"
		"    - {paths: [/etc/ld.so.cache], access: [read, execute]}\n"
		"    - {paths: [\"%s\"], access: [read, execute]}\n",
		name, more, p->self);
	for (i = 3; i < RULES; i++)
		fprintf(out, "    - {paths: [\"%s/%d/**\"], access: [read, execute]}\n",
			p->directory, i);
	if (exec)
		fprintf(out, "exec: {default: deny, allow: [/usr/**, \"%s\"]}\n", p->self);
	if (fclose(out) != 0)
		bench_fail(path);
}

static void make_places(const struct bench *b, struct places *p)
{
	ssize_t n = readlink("/proc/self/exe", p->self, sizeof(p->self) - 1);
	char path[400];
	FILE *list;
	int i;

	if (n < 0)
		bench_fail("readlink");
	p->self[n] = '\0';
	snprintf(p->directory, sizeof(p->directory), "%s/places", b->scratch);
	snprintf(p->list, sizeof(p->list), "%s/list", b->scratch);
	snprintf(p->wide, sizeof(p->wide), "%s/wide.yaml", b->scratch);
	snprintf(p->narrow, sizeof(p->narrow), "%s/narrow.yaml", b->scratch);
	list = create(p->list);
	fprintf(list, "/usr\n/etc/ld.so.cache\n%s\n", p->self);
	if (mkdir(p->directory, 0755) < 0)
		bench_fail(p->directory);
	for (i = 3; i < RULES; i++) {
		snprintf(path, sizeof(path), "%s/%d", p->directory, i);
		if (mkdir(path, 0755) < 0)
			bench_fail(path);
		fprintf(list, "%s\n", path);
		snprintf(path, sizeof(path), "%s/%d/file", p->directory, i);
		fclose(create(path));
	}
	if (fclose(list) != 0)
		bench_fail(p->list);
	write_policy(p, p->wide, "wide",
		     "    - {paths: [/**], access: [chmod, chown, xattr, link]}\n", false);
	write_policy(p, p->narrow, "narrow", "", true);
}

/* "--ro-bind PLACE PLACE" for each; or "--whitelist=PLACE". Leaked: it is a benchmark. */
static int name_places(const struct places *p, const char *option, char **argv, int n)
{
	char path[256], *word;
	FILE *list = fopen(p->list, "r");

	while (list && fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		if (option[strlen(option) - 1] != '=') {
			argv[n++] = (char *)(uintptr_t)option;
			argv[n++] = strdup(path);
			argv[n++] = strdup(path);
		} else if (strncmp(path, "/tmp/", 5) == 0 && strcmp(path, p->self) != 0) {
			if (asprintf(&word, "%s%s", option, path) < 0)
				bench_fail("memory");
			argv[n++] = word;
		}
	}
	if (list)
		fclose(list);
	return n;
}

static void bench_firejail(const struct places *p, double plain, double ours)
{
	char *argv[RULES + 16] = {"firejail", "--quiet", "--noprofile", "--read-only=/usr"};
	struct bench_contestant all[] = {{.argv = argv}};
	int n = name_places(p, "--whitelist=", argv, 4);

	argv[n++] = "--";
	argv[n++] = "/bin/true";
	argv[n] = NULL;
	if (!bench_starts(argv)) {
		bench_row("(firejail does not start with these rules here)", "ms", ours, NULL, -1,
			  "-");
		return;
	}
	bench_race(all, 1, BENCH_STARTS / 4);
	bench_row("the same, beside firejail", "ms", ours, "firejail, 97 whitelists",
		  all[0].ms - plain, "-");
}

void bench_confined(const struct bench *b)
{
	static struct places places;
	struct places *p = &places;
	char fixed[256], compiled[400], told[200], *shell[3 * RULES + 24] = {"bwrap"};
	char *const plain[] = {"/bin/true", NULL};
	char *const image[] = {fixed, "run", "-p", compiled, "-r", told, "--", "/bin/true", NULL};
	char *const quiet[] = {fixed,  "run", "-p",	   compiled, "--report",
			       "none", "--",  "/bin/true", NULL};
	char *const text[] = {fixed, "run", "-p", p->narrow, "-r", told, "--", "/bin/true", NULL};
	char *const quiet_text[] = {fixed,  "run", "-p",	p->narrow, "--report",
				    "none", "--",  "/bin/true", NULL};
	char *const links[] = {"--symlink", "usr/bin",	 "/bin",      "--symlink", "usr/lib",
			       "/lib",	    "--symlink", "usr/lib64", "/lib64",	   "/bin/true"};
	struct bench_contestant all[] = {{.argv = plain}, {.argv = image},	{.argv = quiet},
					 {.argv = text},  {.argv = quiet_text}, {.argv = shell}};
	double peer;
	int n;

	make_places(b, p);
	snprintf(fixed, sizeof(fixed), "%s-static", b->bailiff);
	snprintf(told, sizeof(told), "%s/told.jsonl", b->scratch);
	snprintf(compiled, sizeof(compiled), "%s.bailiff", p->wide);
	bench_run(b->bailiff, "compile", p->wide, "-o", compiled, NULL);
	snprintf(compiled, sizeof(compiled), "%s.bailiff", p->narrow);
	bench_run(b->bailiff, "compile", p->narrow, "-o", compiled, NULL);
	n = name_places(p, "--ro-bind", shell, 1);
	memcpy(shell + n, links, sizeof(links));
	bench_race(all, 6, 30);
	peer = all[5].ms - all[0].ms;
	bench_row("100 path rules: over it: compiled, static", "ms", all[1].ms - all[0].ms,
		  "bubblewrap, 100 binds", peer, "<= 1.0 x, <= 1.5 ms");
	bench_row("the same, --report none", "ms", all[2].ms - all[0].ms, "bubblewrap, 100 binds",
		  peer, "<= 1.0 x, <= 1.5 ms");
	bench_row("the same from YAML, static", "ms", all[3].ms - all[0].ms,
		  "bubblewrap, 100 binds", peer, "<= 1.0 x, <= 1.5 ms");
	bench_row("the same from YAML, --report none", "ms", all[4].ms - all[0].ms,
		  "bubblewrap, 100 binds", peer, "<= 1.0 x, <= 1.5 ms");
	bench_firejail(p, all[0].ms, all[1].ms - all[0].ms);
	bench_opens(b, p);
}
