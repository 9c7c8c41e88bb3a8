/* SPDX-License-Identifier: Apache-2.0 */
/* What the report has to say of an attack: its class, the policy, and the line that decided. */
#include "driver.h"

#define WAIT_STEPS 50 /* of 0.1 s: the stream of a slow guest */

char *slurp(const char *path)
{
	size_t size = 0, room = 16 << 20;
	char *text = calloc(1, room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (!text)
		exit(1);
	while (fd >= 0 && size < room - 1 && (n = read(fd, text + size, room - 1 - size)) > 0)
		size += (size_t)n;
	if (fd >= 0)
		close(fd);
	return text;
}

static const char *report_path(const struct options *options)
{
	static char path[512];

	if (options->stream)
		return options->stream;
	snprintf(path, sizeof(path), "%s/report", options->base);
	return path;
}

long report_offset(const struct options *options)
{
	struct stat st;

	if (!options->stream)
		(void)unlink(report_path(options));
	return stat(report_path(options), &st) == 0 ? (long)st.st_size : 0;
}

/* Does line NUMBER of the policy have WORDS? */
static bool line_has(const struct options *options, const struct row *row, long number)
{
	char path[512], *text, *line, *rest;
	bool has = false;

	snprintf(path, sizeof(path), "%s/%s.yaml", options->base, row->policy);
	rest = text = slurp(path);
	for (long n = 1; (line = strsep(&rest, "\n")); n++)
		if (n == number)
			has = strstr(line, row->line) != NULL;
	free(text);
	return has;
}

/* Landlock's own: nobody in it mounts, or traces who is outside, whatever the lines say. */
static bool landlock_own(const struct options *options, const struct row *row, const char *line)
{
	return options->plane == RUN && row->planes & LANDLOCK &&
	       strstr(line, "\"plane\":\"landlock\"") && strstr(line, "\"class\":null") &&
	       (strstr(line, "\"operation\":\"mount\"") || strstr(line, "\"operation\":\"trace\""));
}

static const char *judge(const struct options *options, const struct row *row, char *text)
{
	static char why[400];
	char policy[128], class[64], rule[512], object[160], *line;
	bool own = row->report && strcmp(row->report, "escape") == 0;

	snprintf(policy, sizeof(policy), "\"policy\":\"%s\"", row->policy);
	/* Bailiff's own refusal says what it was, for there may be no line. */
	if (own)
		snprintf(class, sizeof(class), "%s",
			 options->plane == HOST ? "\"operation\":\"escape\""
						: "\"plane\":\"landlock\"");
	else if (row->report)
		snprintf(class, sizeof(class), "\"class\":\"%s\"", row->report);
	else
		snprintf(class, sizeof(class), "\"class\":null");
	snprintf(object, sizeof(object), "\"object\":\"%s", row->line);
	snprintf(rule, sizeof(rule), "\"rule\":\"%s/%s.yaml:", options->base, row->policy);
	snprintf(why, sizeof(why), "no report of policy %s and class %s", row->policy,
		 row->report ? row->report : "null");
	while ((line = strsep(&text, "\n"))) {
		const char *at = strstr(line, rule);

		if (landlock_own(options, row, line))
			return NULL;
		if (!strstr(line, policy) || !strstr(line, class))
			continue;
		if (own && (options->plane == RUN || strstr(line, object)))
			return NULL;
		if (!row->report && strstr(line, row->line))
			return NULL;
		if (row->report && at &&
		    line_has(options, row, strtol(at + strlen(rule), NULL, 10)))
			return NULL;
		snprintf(why, sizeof(why), "no report has the line: %.300s", line);
	}
	return why;
}

const char *report_lacks(const struct options *options, const struct row *row, long offset)
{
	const char *why = "";

	for (int i = 0; i < (options->stream ? WAIT_STEPS : 1); i++) {
		char *text = slurp(report_path(options));

		why = strlen(text) < (size_t)offset ? "the stream is gone"
						    : judge(options, row, text + offset);
		free(text);
		if (!why)
			break;
		if (options->stream)
			usleep(100000);
	}
	return why;
}
