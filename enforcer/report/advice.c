/* SPDX-License-Identifier: Apache-2.0 */
/* The change to a policy that allows one kind: made, and told. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define MAX_NOTES 8

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define CYAN  "\033[36m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

struct report_advice {
	struct store_kind kind; /* of a detail that must outlive this */
	struct suggestion *suggestion;
	char *note[MAX_NOTES]; /* beside those of the suggestion */
	size_t n_notes;
};

void report_advice_free(struct report_advice *advice)
{
	if (!advice)
		return;
	for (size_t i = 0; i < advice->n_notes; i++)
		free(advice->note[i]);
	suggestion_free(advice->suggestion);
	free(advice);
}

void report_advice_freep(struct report_advice **advice)
{
	report_advice_free(*advice);
	*advice = NULL;
}

const struct suggestion *report_advice_suggestion(const struct report_advice *advice)
{
	return advice->suggestion;
}

PRINTF_LIKE(2, 3)
static void note(struct report_advice *advice, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length >= 0)
		advice->note[advice->n_notes++] = text;
}

/* --- Making it ---------------------------------------------------------------------------------- */

static void note_place(struct report_advice *advice, const struct suggest_place *place)
{
	const struct store_kind *kind = &advice->kind;
	char rule[CELL_BYTES];

	if (!text_rule(kind, rule, sizeof(rule)) || judged_same(kind, place))
		return;
	if (place->allowed)
		note(advice, "%s decided when it was seen: the policy has changed since", rule);
	else
		note(advice,
		     "%s decided when it was seen, and %s:%u does now: the policy has changed "
		     "since, and this is for the policy as it is now",
		     rule, *place->file ? place->file : "a default", place->line);
}

static void note_seen(struct report_advice *advice, const struct seen *seen)
{
	char count[COUNT_BYTES];

	text_count(seen->others, count);
	if (seen->others)
		note(advice,
		     "%s violations of this kind had other arguments, which were not kept; what "
		     "they were is told when they come again",
		     count);
	if (seen->unread)
		note(advice,
		     "%zu of what was seen had arguments that can't be read (was it told by "
		     "another version of bailiff?), and is left out",
		     seen->unread);
	if (seen->other_calls)
		note(advice, "%zu records are of the same call of another ABI, and are left out",
		     seen->other_calls);
}

static int advise(const struct store_detail *detail, const char *policy_file,
		  const struct seen *seen, struct diag *diag, struct report_advice *advice)
{
	const struct store_kind *kind = &detail->kind;
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	struct suggest_place place;
	int r;

	if (!seen->n) {
		diag_error(diag, NULL,
			   "the arguments of kind %lld can't be read back from its records; was "
			   "it told by another version of bailiff?",
			   (long long)kind->id);
		return -EINVAL;
	}
	if (!kind->policy && !kind->rule_file) {
		diag_error(diag, NULL,
			   "kind %lld is bailiff's own protection, of which no policy decides",
			   (long long)kind->id);
		return -EINVAL;
	}
	r = judged_find(kind, policy_file, diag, &files);
	if (r == 0)
		r = suggest(files, seen->list, seen->n, diag, &advice->suggestion);
	if (r < 0)
		return r;
	if (suggest_place(files, seen->list, seen->n, NULL, &place) == 0)
		note_place(advice, &place);
	note_seen(advice, seen);
	return 0;
}

int report_advise(const struct store_detail *detail, const char *policy_file, struct diag *diag,
		  struct report_advice **ret_advice)
{
	CLEANUP(report_advice_freep) struct report_advice *advice = calloc(1, sizeof(*advice));
	struct seen *seen = malloc(sizeof(*seen));
	int r = -ENOMEM;

	if (advice && seen) {
		advice->kind = detail->kind;
		r = seen_read(detail, seen);
		if (r == 0)
			r = advise(detail, policy_file, seen, diag, advice);
		seen_clear(seen);
	}
	free(seen);
	if (r == 0)
		*ret_advice = STEAL(advice);
	return r;
}

/* --- Telling it --------------------------------------------------------------------------------- */

static void put_safe(const char *text, FILE *out)
{
	size_t length = strlen(text), size = 4 * length + 1;
	CLEANUP(free_ptr) char *safe = malloc(size);

	if (safe)
		escape_text(text, length, safe, size);
	fputs(safe ? safe : "?", out);
}

static void put_list(const char *head, const struct suggest_list *list, FILE *out)
{
	if (!list->n)
		return;
	fprintf(out, "\n%s\n", head);
	for (size_t i = 0; i < list->n; i++) {
		fputs("  ", out);
		put_safe(list->line[i], out);
		fputc('\n', out);
	}
}

static const char *color_of(const char *line)
{
	return strncmp(line, "---", 3) == 0 || strncmp(line, "+++", 3) == 0 ? BOLD
	       : *line == '-'						    ? RED
	       : *line == '+'						    ? GREEN
	       : *line == '@'						    ? CYAN
									    : "";
}

/* As it is for patch; on a terminal each line made fit for it. */
static void put_diff(const char *diff, const struct report_look *look, FILE *out)
{
	CLEANUP(free_ptr) char *copy = strdup(diff);
	char *rest = copy, *line;

	if (!look->terminal && !look->color) {
		fputs(diff, out);
		return;
	}
	while ((line = strsep(&rest, "\n")) && (*line || rest)) {
		fputs(look->color ? color_of(line) : "", out);
		put_safe(line, out);
		fprintf(out, "%s\n", look->color ? PLAIN : "");
	}
}

static void put_head(const struct store_kind *kind, FILE *out)
{
	char rule[CELL_BYTES];

	fprintf(out, "kind %lld: ", (long long)kind->id);
	fputs(kind->verdict ? event_verdict_name(kind->verdict) : "?", out);
	for (unsigned i = 0; i < 2; i++) {
		const char *text = i ? kind->object : kind->operation;

		if (text) {
			fputc(' ', out);
			put_safe(text, out);
		}
	}
	if (text_rule(kind, rule, sizeof(rule))) {
		fputs(" by ", out);
		put_safe(rule, out);
	}
	fputc('\n', out);
}

static void put_notes(const struct report_advice *advice, FILE *out)
{
	const struct suggest_list *list = &advice->suggestion->notes;

	if (!list->n && !advice->n_notes)
		return;
	fputs("\nto know before:\n", out);
	for (size_t i = 0; i < advice->n_notes + list->n; i++) {
		fputs("  ", out);
		put_safe(i < advice->n_notes ? advice->note[i] : list->line[i - advice->n_notes],
			 out);
		fputc('\n', out);
	}
}

/* git wants a name that leads nowhere else. */
static bool git_takes(const char *file)
{
	return *file != '/' && !strstr(file, "..");
}

static void put_how(const struct report_advice *advice, const char *written, FILE *out)
{
	const char *file = advice->suggestion->file;

	if (written) {
		fputs("\nthe changed policy is written to ", out);
		put_safe(written, out);
	} else if (strncmp(file, "shipped/", 8) == 0) {
		fputs("\nto apply it, write the changed policy: --output "
		      "/etc/bailiff/policies/",
		      out);
		put_safe(file + 8, out);
	} else {
		fputs("\nto apply it, pipe this into: patch ", out);
		put_safe(file, out);
		fputs(git_takes(file) ? " (or git apply -p0)" : "", out);
	}
	fputc('\n', out);
}

void report_advice_print(const struct report_advice *advice, const struct report_look *look,
			 FILE *out)
{
	const struct suggestion *s = advice->suggestion;
	char count[COUNT_BYTES];

	put_head(&advice->kind, out);
	if (s->already) {
		put_safe(s->file, out);
		fputs(", as it is now, allows this: nothing is to be changed\n", out);
		put_notes(advice, out);
		return;
	}
	if (!s->diff) {
		fputs("no change is suggested: ", out);
		put_safe(s->reason ? s->reason : "?", out);
		fputc('\n', out);
		put_notes(advice, out);
		return;
	}
	put_list("to allow it:", &s->steps, out);
	fputc('\n', out);
	put_diff(s->diff, look, out);
	text_count(s->compared, count);
	if (s->opens.n)
		put_list("this would also allow:", &s->opens, out);
	else
		fprintf(out,
			"\nnothing else is allowed by it, as %s questions to the policy before "
			"and after tell\n",
			count);
	put_list("warning:", &s->warnings, out);
	put_notes(advice, out);
	put_how(advice, look->written, out);
}

static void put_texts(struct json *json, const char *key, char *const *own, size_t n_own,
		      const struct suggest_list *list)
{
	fputc(',', json->out);
	json_key(json, key);
	fputc('[', json->out);
	for (size_t i = 0; i < n_own + list->n; i++) {
		fputs(i ? "," : "", json->out);
		json_text(json, i < n_own ? own[i] : list->line[i - n_own]);
	}
	fputc(']', json->out);
}

int report_advice_json(const struct report_advice *advice, FILE *out)
{
	const struct suggestion *s = advice->suggestion;
	struct json json = {.out = out};

	fprintf(out, "{\"id\":%lld,\"policy\":", (long long)advice->kind.id);
	json_text(&json, advice->kind.policy);
	fputs(",\"file\":", out);
	json_text(&json, s->file);
	fprintf(out, ",\"already\":%s,\"reason\":", s->already ? "true" : "false");
	json_text(&json, s->reason);
	fputs(",\"diff\":", out);
	json_text(&json, s->diff);
	put_texts(&json, "steps", advice->note, 0, &s->steps);
	put_texts(&json, "also_allows", advice->note, 0, &s->opens);
	fprintf(out, ",\"compared\":%zu", s->compared);
	put_texts(&json, "warnings", advice->note, 0, &s->warnings);
	put_texts(&json, "notes", advice->note, advice->n_notes, &s->notes);
	fputs("}\n", out);
	event_line_clear(&json.line);
	return json.error;
}
