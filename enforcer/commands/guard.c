/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff guard: the service. What it does lies in service/; here are its words. */
#include <errno.h>
#include <stdio.h>

#include "bailiff/service.h"
#include "commands.h"

static void tell(const struct diag *diag)
{
	diag_print(diag, stderr);
	fflush(stderr);
}

static void say(const char *text)
{
	fprintf(stderr, "bailiff guard: %s\n", text);
	fflush(stderr);
}

static int reload(const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r;

	if (input->argc) {
		fputs("bailiff guard: error: with --reload, the directories are those that the "
		      "service has\n",
		      stderr);
		return EXIT_USAGE;
	}
	r = diag_new(&diag);
	if (r == 0)
		r = service_reload(diag);
	diag_print(diag, stderr);
	return command_status_loaded(r);
}

static int run_guard(const struct command *self, const struct command_input *input)
{
	const char *rotation = command_value(self, input, "rotate");
	struct service_options options = {
		.directories = input->argv,
		.report = command_value(self, input, "report"),
		.metrics = command_value(self, input, "metrics"),
		.store = command_value(self, input, "store"),
		.tell = tell,
		.say = say,
	};
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r;

	if (command_value(self, input, "reload"))
		return reload(input);
	if (rotation && !command_rotation(rotation, &options.rotation)) {
		fprintf(stderr,
			"bailiff guard: error: --rotate takes a size from 64K, and how many files "
			"to keep (1 to %u): as in 64M,5\n",
			SINK_ROTATE_KEEP);
		return EXIT_USAGE;
	}
	r = diag_new(&diag);
	if (r == 0)
		r = service_guard(&options, diag);
	if (diag)
		tell(diag);
	return r < 0 ? command_status(r) : EXIT_DONE;
}

const struct command command_guard = {
	.name = "guard",
	.operands = "[DIRECTORY...]",
	.summary = "the service: load the policies of a directory, and tell what is not allowed",
	.complete = "file",
	.max_operands = -1,
	.options =
		{
			{'r', "report", "TARGET",
			 "where violations go: a file, unix:PATH, journal:, syslog:, - or none "
			 "(standard error)",
			 "file"},
			{0, "metrics", "TARGET",
			 "serve metrics for Prometheus on 127.0.0.1:PORT, [::1]:PORT or unix:PATH",
			 "file"},
			{0, "rotate", "SIZE",
			 "a report that is a file: begin another at this size; SIZE,KEEP: keep so "
			 "many (5)",
			 NULL},
			{0, "store", "FILE",
			 "keep violations in another store than /var/lib/bailiff/violations.db; or "
			 "none",
			 "file"},
			{0, "reload", NULL, "have the one that runs load its directories again",
			 NULL},
		},
	.run = run_guard,
};
