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

static int run_guard(const struct command *self, const struct command_input *input)
{
	const struct service_options options = {
		.directories = input->argv,
		.report = command_value(self, input, "report"),
		.tell = tell,
		.say = say,
	};
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = diag_new(&diag);

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
		},
	.run = run_guard,
};
