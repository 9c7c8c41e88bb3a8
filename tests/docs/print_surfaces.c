/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the table of kernel surfaces as the manual page has it. surfaces.sh compiles it together with
 * enforcer/policy/surfaces.c, which needs nothing else.
 *
 *   print_surfaces man        the surfaces, as mdoc
 *   print_surfaces user       what is shut where capabilities are dropped, as mdoc
 *   print_surfaces names      the surfaces' names, one a line
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy_internal.h"

static void print_call(const struct policy_surface_call *call, bool last)
{
	size_t i;

	printf(".Li %s", call->call);
	if (call->arg) {
		printf("\nwith\n.Cm %s\n%s", call->arg,
		       call->op == 'a' ? call->values[1] ? "any of" : "that has" : "of");
		for (i = 0; call->values[i]; i++)
			printf("\n.Dv %s%s", call->values[i], call->values[i + 1] ? " ," : "");
	}
	if (call->error == ENOSYS)
		printf("\n.Pq Er ENOSYS%s", call->quiet ? "" : ", reported");
	/* A full stop or comma is a delimiter of its own only as the last word of a macro's line. */
	printf(" %s\n", last ? "." : call->arg && call->values[1] ? ";" : ",");
}

static void print_calls(const struct policy_surface_call *calls, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		print_call(&calls[i], i + 1 == count);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t count, i;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	if (strcmp(what, "user") == 0) {
		print_calls(user_namespace_calls, user_namespace_calls_count);
		return 0;
	}
	if (strcmp(what, "man") == 0)
		puts(".Bl -tag -width \"namespaces\"");
	for (i = 0; i < count; i++) {
		if (strcmp(what, "man") != 0) {
			puts(surfaces[i].name);
			continue;
		}
		printf(".It Cm %s\n%s:\n", surfaces[i].name, surfaces[i].description);
		print_calls(surfaces[i].calls, surfaces[i].n_calls);
	}
	if (strcmp(what, "man") == 0)
		puts(".El");
	return 0;
}
