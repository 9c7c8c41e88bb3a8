/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff report: what was blocked, by which line of which policy, who did it, and what to do about it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/report.h"
#include "bailiff/suggest.h"
#include "commands.h"

struct reporting {
	const struct command *self;
	const struct command_input *input;
	struct diag *diag;
	struct store *store; /* NULL: nothing was ever stored */
	struct report_look look;
	struct store_filter filter;
};

static const char *value(const struct reporting *r, const char *name)
{
	return command_value(r->self, r->input, name);
}

static int usage(const char *what, const char *given)
{
	fprintf(stderr, "bailiff report: error: %s: '%s'; see bailiff report --help\n", what,
		given);
	return -EINVAL;
}

/* --- What is asked for ---------------------------------------------------------------------------- */

static bool wants_color(const char *when)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static int read_look(struct reporting *r)
{
	const char *color = value(r, "color"), *width = value(r, "width");
	struct winsize size = {.ws_col = 0};
	struct timespec now;
	uint64_t columns;

	clock_gettime(CLOCK_REALTIME, &now);
	r->look.now = now.tv_sec * 1000000000ll + now.tv_nsec;
	r->look.local_time = !value(r, "utc");
	if (color && strcmp(color, "auto") != 0 && strcmp(color, "always") != 0 &&
	    strcmp(color, "never") != 0)
		return usage("--color is auto, always or never", color);
	r->look.color = wants_color(color);
	r->look.terminal = isatty(STDOUT_FILENO);
	if (width) {
		const char *at = width;

		if (!take_number(&at, 10, &columns) || *at || columns > 4096)
			return usage("--width is a number of columns up to 4096, or 0", width);
		r->look.width = (unsigned)columns;
	} else if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		r->look.width = size.ws_col;
	}
	return 0;
}

static int read_by(const char *text, uint32_t *ret_by)
{
	for (const char *at = text;;) {
		size_t length = strcspn(at, ",");
		enum store_key key;

		if (!store_key_find(at, length, &key))
			return usage("--by takes policy, rule, class, verdict, plane, operation, "
				     "object, "
				     "exe, container, error and host, with commas between",
				     text);
		*ret_by |= 1u << key;
		if (!at[length])
			return 0;
		at += length + 1;
	}
}

static int read_sort(const char *text, enum store_order *ret_order)
{
	static const char *const names[] = {
		[STORE_WORST] = "worst",   [STORE_MOST] = "most", [STORE_NEWEST] = "newest",
		[STORE_OLDEST] = "oldest", [STORE_IDS] = "id",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_order = (enum store_order)i;
			return 0;
		}
	return usage("--sort is worst, most, newest, oldest or id", text);
}

static int read_limit(const struct reporting *r, uint64_t *ret_limit)
{
	const char *text = value(r, "limit"), *at = text;
	bool all = value(r, "json") || value(r, "csv") || value(r, "html");

	*ret_limit = all ? 0 : REPORT_ROWS;
	if (text && (!take_number(&at, 10, ret_limit) || *at))
		return usage("--limit is a number; 0 is all", text);
	return 0;
}

static int read_filter(struct reporting *r)
{
	const char *since = value(r, "since"), *until = value(r, "until");
	const char *by = value(r, "by"), *sort = value(r, "sort");
	int error = 0;

	r->filter.policy = value(r, "policy");
	r->filter.only_new = value(r, "new") != NULL;
	if (since && !report_time(since, r->look.now, &r->filter.since))
		error = usage(
			"--since is a span (90s, 15m, 1h, 7d, 2w) or a time (2026-11-22T10:00)",
			since);
	if (error == 0 && until && !report_time(until, r->look.now, &r->filter.until))
		error = usage(
			"--until is a span (90s, 15m, 1h, 7d, 2w) or a time (2026-11-22T10:00)",
			until);
	if (error == 0 && since && until && r->filter.until <= r->filter.since)
		error = usage("--until is not later than --since", until);
	if (error == 0 && by)
		error = read_by(by, &r->filter.by);
	if (error == 0 && sort)
		error = read_sort(sort, &r->filter.order);
	return error < 0 ? error : read_limit(r, &r->filter.limit);
}

/* --- Where from ----------------------------------------------------------------------------------- */

static int import(struct reporting *r, const char *file)
{
	const struct store_options options = {.write = true, .memory = 256u << 20};
	struct store_import import;
	CLEANUP(close_fd) int own = -1;
	int fd = STDIN_FILENO, error = store_open(":memory:", &options, r->diag, &r->store);

	if (error == 0 && strcmp(file, "-") != 0) {
		fd = own = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			error = -errno;
			diag_system(r->diag, -error, "open", file, NULL);
		}
	}
	return error < 0 ? error : store_import(r->store, fd, file, r->diag, &import);
}

static int open_store(struct reporting *r, bool write)
{
	const struct store_options read = {.write = false}, change = {.write = true};
	const char *from = value(r, "from"), *path = value(r, "store");
	int error;

	if (from && (path || write))
		return usage(
			"a file can be reviewed, not changed: --from goes without --store and ack",
			from);
	if (from)
		return import(r, from);
	if (store_is_none(path))
		return usage("nothing is stored there; --from reviews a file of reports", "none");
	/* First to read, for that makes none. */
	error = store_open(path, &read, r->diag, &r->store);
	if (error == -ENOENT && !diag_errors(r->diag)) {
		if (path) {
			diag_system(r->diag, ENOENT, "open the store", path, NULL);
			return error;
		}
		return 0;
	}
	if (error < 0 || !write)
		return error;
	store_freep(&r->store);
	return store_open(path, &change, r->diag, &r->store);
}

/* --- What for --------------------------------------------------------------------------------------- */

static int close_output(FILE *out, const char *name, struct reporting *r)
{
	int error = 0;

	errno = EIO; /* what an earlier write failed with is not known */
	if (fflush(out) == EOF || ferror(out))
		error = errno;
	if (out != stdout && fclose(out) == EOF && !error)
		error = errno;
	if (error)
		diag_system(r->diag, error, "write", name, NULL);
	return -error;
}

static int write_page(struct reporting *r, struct report *report, const char *name)
{
	FILE *out = stdout;
	int fd, error = report_timeline(report, r->store, r->diag), closed;

	if (error < 0)
		return error;
	if (strcmp(name, "-") != 0) {
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
		out = fd < 0 ? NULL : fdopen(fd, "w");
		if (!out) {
			error = -errno;
			diag_system(r->diag, -error, "write the page", name, NULL);
			return error;
		}
	}
	error = report_page(report, r->store, &r->look, out, r->diag);
	closed = close_output(out, name, r);
	return error < 0 ? error : closed;
}

static int print_report(struct reporting *r, struct report *report)
{
	const char *html = value(r, "html");
	int error = 0;

	if (html)
		return write_page(r, report, html);
	if (value(r, "json"))
		error = report_json(report, &r->look, stdout);
	else if (value(r, "csv"))
		error = report_csv(report, stdout);
	else
		report_table(report, &r->look, stdout);
	return error < 0 ? error : close_output(stdout, "standard output", r);
}

/* The report of an empty store; whoever reads it is told which store that would be. */
static int open_nothing(struct reporting *r)
{
	const struct store_options options = {.write = true};
	CLEANUP(free_ptr) char *path = NULL;
	int error = store_default(r->diag, &path);

	if (error == 0)
		error = store_open(":memory:", &options, r->diag, &r->store);
	if (error == 0 && !value(r, "json") && !value(r, "csv") && !value(r, "html"))
		diag_note(r->diag, NULL, "nothing was ever stored in %s", path);
	return error;
}

static int report_all(struct reporting *r)
{
	CLEANUP(report_freep) struct report *report = NULL;
	const struct store_summary *summary;
	int error = read_filter(r);

	if (error == 0)
		error = open_store(r, false);
	if (error == 0 && !r->store)
		error = open_nothing(r);
	if (error == 0)
		error = report_new(r->store, &r->filter, r->diag, &report);
	if (error == 0)
		error = print_report(r, report);
	if (error < 0)
		return error;
	summary = report_summary(report);
	return value(r, "check") && (summary->violations || summary->lost) ? EXIT_NO : EXIT_DONE;
}

static int read_id(const struct reporting *r, int64_t *ret_id)
{
	const char *at = r->input->argc == 2 ? r->input->argv[1] : "";
	uint64_t id;

	if (!take_number(&at, 10, &id) || *at || id > INT64_MAX)
		return usage("after show, suggest and ack comes the number of one kind",
			     r->input->argc > 1 ? r->input->argv[1] : "");
	*ret_id = (int64_t)id;
	return 0;
}

static int nothing_stored(struct reporting *r)
{
	CLEANUP(free_ptr) char *path = NULL;
	int error = store_default(r->diag, &path);

	if (error == 0)
		diag_error(r->diag, NULL,
			   "nothing was ever stored in %s; name another store with --store", path);
	return error < 0 ? error : -ENOENT;
}

static int report_one(struct reporting *r)
{
	struct store_detail *detail = NULL;
	int64_t id;
	int error = read_id(r, &id);

	if (error == 0)
		error = open_store(r, false);
	if (error == 0)
		error = r->store ? store_show(r->store, id, r->diag, &detail) : nothing_stored(r);
	if (error == 0 && value(r, "json"))
		error = report_show_json(detail, stdout);
	else if (error == 0)
		report_show(detail, value(r, "policy-file"), &r->look, stdout);
	store_detail_free(detail);
	return error < 0 ? error : close_output(stdout, "standard output", r);
}

/* The changed policy as a file of its own; never over one that is there. */
static int write_policy(struct reporting *r, const struct suggestion *suggestion, const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0644), error;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out) {
		error = errno;
		diag_system(r->diag, error, "write the changed policy", name,
			    error == EEXIST ? "name a file that is not there yet" : NULL);
		if (fd >= 0)
			close(fd);
		return -error;
	}
	fwrite(suggestion->text, 1, suggestion->length, out);
	return close_output(out, name, r);
}

static int tell_advice(struct reporting *r, const struct report_advice *advice)
{
	const struct suggestion *suggestion = report_advice_suggestion(advice);
	const char *output = value(r, "output");
	int error = 0;

	if (output && suggestion->text) {
		error = write_policy(r, suggestion, output);
		r->look.written = output;
	}
	if (error == 0 && value(r, "json"))
		error = report_advice_json(advice, stdout);
	else if (error == 0)
		report_advice_print(advice, &r->look, stdout);
	if (error == 0)
		error = close_output(stdout, "standard output", r);
	return error < 0 ? error : suggestion->diff ? EXIT_DONE : EXIT_NO;
}

static int report_suggestion(struct reporting *r)
{
	CLEANUP(report_advice_freep) struct report_advice *advice = NULL;
	struct store_detail *detail = NULL;
	int64_t id;
	int error = read_id(r, &id);

	if (error == 0)
		error = open_store(r, false);
	if (error == 0)
		error = r->store ? store_show(r->store, id, r->diag, &detail) : nothing_stored(r);
	if (error == 0)
		error = report_advise(detail, value(r, "policy-file"), r->diag, &advice);
	if (error == 0)
		error = tell_advice(r, advice);
	store_detail_free(detail);
	return error;
}

static int report_ack(struct reporting *r)
{
	int64_t id;
	int error = read_id(r, &id);

	if (error == 0)
		error = open_store(r, true);
	if (error == 0 && !r->store)
		error = nothing_stored(r);
	if (error == 0)
		error = value(r, "undo") ? store_unack(r->store, id, r->diag)
					 : store_ack(r->store, id, value(r, "note"), r->diag);
	return error;
}

/* --- The command ------------------------------------------------------------------------------------ */

enum verb { VERB_REPORT, VERB_SHOW, VERB_SUGGEST, VERB_ACK, VERBS };

static const struct {
	const char *name;
	int (*run)(struct reporting *r);
} verbs[VERBS] = {
	[VERB_REPORT] = {"", report_all},
	[VERB_SHOW] = {"show", report_one},
	[VERB_SUGGEST] = {"suggest", report_suggestion},
	[VERB_ACK] = {"ack", report_ack},
};

#define REPORT	(1u << VERB_REPORT)
#define SHOW	(1u << VERB_SHOW)
#define SUGGEST (1u << VERB_SUGGEST)
#define ACK	(1u << VERB_ACK)

/* What an option is of; those that are not here are of all. */
static const struct {
	const char *option;
	unsigned verbs;
} belongs[] = {
	{"since", REPORT},
	{"until", REPORT},
	{"policy", REPORT},
	{"by", REPORT},
	{"sort", REPORT},
	{"limit", REPORT},
	{"new", REPORT},
	{"csv", REPORT},
	{"html", REPORT},
	{"check", REPORT},
	{"json", REPORT | SHOW | SUGGEST},
	{"policy-file", SHOW | SUGGEST},
	{"output", SUGGEST},
	{"note", ACK},
	{"undo", ACK},
};

/* An option that would do nothing is a mistake of who gave it. */
static int check_options(const struct reporting *r, enum verb verb)
{
	int forms = !!value(r, "json") + !!value(r, "csv") + !!value(r, "html");
	char name[32];

	for (size_t i = 0; i < ARRAY_LEN(belongs); i++) {
		if (!value(r, belongs[i].option) || belongs[i].verbs >> verb & 1)
			continue;
		snprintf(name, sizeof(name), "--%s", belongs[i].option);
		return usage(verb == VERB_REPORT ? "this goes with show, suggest or ack alone"
			     : verb == VERB_ACK	 ? "this does not go with ack"
			     : verb == VERB_SHOW ? "this does not go with show"
						 : "this does not go with suggest",
			     name);
	}
	if (forms > 1)
		return usage("--json, --csv and --html are three reports: one at a time",
			     value(r, "html") ? "--html" : "--csv");
	if (value(r, "note") && value(r, "undo"))
		return usage("--undo takes the note back, too", "--note");
	return 0;
}

static int run_verb(struct reporting *r)
{
	const char *name = r->input->argc ? r->input->argv[0] : "";
	int error;

	for (unsigned i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		error = check_options(r, (enum verb)i);
		if (error == 0)
			error = read_look(r);
		return error < 0 ? error : verbs[i].run(r);
	}
	return usage("there is show, suggest and ack", name);
}

static int run_report(const struct command *self, const struct command_input *input)
{
	struct reporting r = {.self = self, .input = input};
	int error = diag_new(&r.diag);

	tzset();
	if (error == 0)
		error = run_verb(&r);
	if (r.diag)
		diag_print(r.diag, stderr);
	store_free(r.store);
	/* A mistake in what was asked has been told without a diag. */
	if (error == -EINVAL && r.diag && !diag_errors(r.diag))
		error = EXIT_USAGE;
	diag_freep(&r.diag);
	return error < 0 ? command_status(error) : error;
}

const struct command command_report = {
	.name = "report",
	.operands = "[show|suggest|ack ID]",
	.summary = "review violations: what was blocked, by which line, and who did it",
	.complete = "show suggest ack",
	.max_operands = 2,
	.options =
		{
			{0, "since", "TIME", "from then on: 1h, 7d, 2026-11-22, 2026-11-22T10:00",
			 NULL},
			{0, "until", "TIME", "up to then", NULL},
			{'p', "policy", "NAME", "of this policy alone", NULL},
			{0, "by", "KEYS",
			 "groups: policy, rule, operation, object, exe, container...", NULL},
			{0, "sort", "ORDER", "worst (the default), most, newest, oldest, id",
			 "worst most newest oldest id"},
			{0, "limit", "N", "that many kinds (50 in a table); 0: all", NULL},
			{'n', "new", NULL, "what came or grew since it was acknowledged", NULL},
			{0, "json", NULL, "one JSON document", NULL},
			{0, "csv", NULL, "for spreadsheets", NULL},
			{0, "html", "FILE", "one page that opens anywhere", "file"},
			{0, "check", NULL, "status 1 if there is any violation", NULL},
			{0, "store", "FILE", "another store", "file"},
			{0, "from", "FILE", "review a file of reports (JSON lines) alone", "file"},
			{0, "policy-file", "FILE",
			 "with show and suggest: where the policy is, if it is not found", "file"},
			{'o', "output", "FILE", "with suggest: write the changed policy there",
			 "file"},
			{0, "note", "TEXT", "with ack: why it is known", NULL},
			{0, "undo", NULL, "with ack: as if it had never been seen", NULL},
			{0, "color", "WHEN", "auto, always or never", "auto always never"},
			{0, "width", "COLUMNS", "of the table; 0: as wide as it takes", NULL},
			{0, "utc", NULL, "times in UTC", NULL},
		},
	.run = run_report,
};
