/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attacks: runs the attacks of table.h, each without the policy and under it, and judges.
 *
 *   attacks run PLANE BASE POLICIES BAILIFF [OPTION...] [NAME...]
 *       PLANE: run, host, input. BASE: a directory of our own. Prints a result an attack.
 *       strict      without the policy each has to succeed, or be one that can't be tried here
 *       audited     what Landlock denies is reported here
 *       stream=FILE host: where the violations come to, one JSON object a line
 *   attacks policies BASE POLICIES   those of the host plane, for `bailiff load`; prints their paths
 *   attacks markdown                 the table of the README
 *   attacks try NAME PLACE BAILIFF   the attack itself; its status is 0 or an errno
 */
#include "driver.h"

static char place[512], self[512], program[4096];

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	printf("FAIL %s: there is no such attack\n", name);
	exit(1);
}

static int try(char **argv)
{
	const struct row *row = find(argv[0]);

	snprintf(place, sizeof(place), "%s", argv[1]);
	attack_place = place;
	attack_bailiff = argv[2];
	(void)chdir(place);
	return row->steps->attack();
}

static const char *spell(int result)
{
	static char text[64];

	if (result == 0)
		return "done";
	if (result == CANT)
		return "not possible here";
	if (result == WRONG)
		return "the attack itself failed, or took too long";
	if (result >= 1000)
		snprintf(text, sizeof(text), "signal %s", strsignal(result - 1000));
	else if (result >= 125 && result <= 127)
		snprintf(text, sizeof(text), "it was not started (status %d)", result);
	else
		snprintf(text, sizeof(text), "%s", strerror(result));
	return text;
}

static bool stopped(int result)
{
	return result > 0 && result != CANT && result != WRONG && (result < 125 || result > 127) &&
	       (result < 1000 || result == 1000 + SIGSYS || result == 1000 + SIGKILL);
}

/* Are these words in the file of base: what was printed, or the report? */
static bool has_words(const struct options *options, const char *file, const char *words)
{
	char path[512], *text;
	bool has;

	snprintf(path, sizeof(path), "%s/%s", options->base, file);
	text = slurp(path);
	has = strstr(text, words) != NULL;
	free(text);
	return has;
}

static const char *what_was_said(const struct options *options)
{
	static char line[300];
	char path[512], *text;

	snprintf(path, sizeof(path), "%s/said", options->base);
	text = slurp(path);
	snprintf(line, sizeof(line), "%s", text);
	free(text);
	for (char *c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return line;
}

/* NULL: what came of it under the policy is what the table says. */
static const char *judge(const struct options *options, const struct row *row, int held,
			 long offset)
{
	const char *open = options->plane == HOST ? row->open_host : row->open_run;
	bool silent = options->plane == RUN && row->planes & LANDLOCK && !options->audited;

	if (options->plane == INPUT)
		return !stopped(held)			       ? spell(held)
		       : has_words(options, "said", row->line) ? NULL
							       : "no message says so";
	if (open)
		return held == 0 ? NULL : "it is listed as not covered, but was stopped";
	if (held == 0)
		return "NOT STOPPED";
	if (!stopped(held))
		return spell(held);
	if (row->planes & SILENT || (options->plane == RUN && row->planes & UNTOLD))
		return NULL;
	if (silent)
		return has_words(options, "report", "not reported here")
			       ? NULL
			       : "nothing says that it isn't reported";
	return report_lacks(options, row, offset);
}

/* 0: as the table says. */
static int run_one(const struct options *options, const struct row *row)
{
	int free_result = attempt(options, row, false), held;
	const char *why;
	long offset;

	if (free_result == CANT) {
		printf("NOTE %s: %s\n", row->name, what_was_said(options));
		return 0;
	}
	if (free_result != 0 && (options->strict || !stopped(free_result))) {
		printf("FAIL %s: without the policy: %s (%s)\n", row->name, spell(free_result),
		       what_was_said(options));
		return 1;
	}
	if (free_result != 0) {
		printf("NOTE %s: not possible here without a policy either: %s\n", row->name,
		       spell(free_result));
		return 0;
	}
	offset = report_offset(options);
	held = attempt(options, row, true);
	if (options->plane == RUN && row->planes & NEWER && held == 125 &&
	    has_words(options, "said", "Landlock ABI ")) {
		printf("NOTE %s: the policy is refused: %s\n", row->name, what_was_said(options));
		return 0;
	}
	why = judge(options, row, held, offset);
	if (why)
		printf("FAIL %s: %s; under the policy: %s (%s)\n", row->name, why, spell(held),
		       what_was_said(options));
	else
		printf("PASS %s\n", row->name);
	fflush(stdout);
	return why != NULL;
}

static bool wanted(const struct row *row, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strncmp(row->name, *names, strlen(*names)) == 0)
			return true;
	return false;
}

static int run_all(char **argv)
{
	struct options options = {.base = argv[1], .policies = argv[2]};
	int failures = 0;

	options.plane = strcmp(argv[0], "run") == 0    ? RUN
			: strcmp(argv[0], "host") == 0 ? HOST
						       : INPUT;
	if (!realpath(argv[3], program)) {
		printf("FAIL attacks: %s: %s\n", argv[3], strerror(errno));
		return 1;
	}
	attack_bailiff = program;
	for (argv += 4; *argv; argv++) {
		if (strcmp(*argv, "strict") == 0)
			options.strict = true;
		else if (strcmp(*argv, "audited") == 0)
			options.audited = true;
		else if (strncmp(*argv, "stream=", 7) == 0)
			options.stream = *argv + 7;
		else
			break;
	}
	place_make(options.base);
	for (size_t i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];

		if (!(row->planes & options.plane) || !wanted(row, argv))
			continue;
		if (options.plane == RUN)
			policy_write(&options, row->policy);
		failures += run_one(&options, row);
	}
	return failures != 0;
}

static int write_policies(char **argv)
{
	struct options options = {.base = argv[0], .policies = argv[1], .plane = HOST};

	place_make(options.base);
	for (size_t i = 0; i < n_rows; i++) {
		bool before = !(rows[i].planes & HOST);

		for (size_t k = 0; k < i && !before; k++)
			before |= rows[k].planes & HOST &&
				  strcmp(rows[k].policy, rows[i].policy) == 0;
		if (before)
			continue;
		policy_write(&options, rows[i].policy);
		printf("%s/%s.yaml\n", argv[0], rows[i].policy);
	}
	return 0;
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	attack_self = n > 0 ? self : argv[0];
	if (argc >= 6 && strcmp(argv[1], "run") == 0)
		return run_all(argv + 2);
	if (argc == 5 && strcmp(argv[1], "try") == 0)
		return try(argv + 2);
	if (argc == 4 && strcmp(argv[1], "policies") == 0)
		return write_policies(argv + 2);
	if (argc == 2 && strcmp(argv[1], "markdown") == 0) {
		markdown();
		return 0;
	}
	fprintf(stderr, "attacks: see the head of driver/main.c\n");
	return 2;
}
