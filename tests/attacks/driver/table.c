/* SPDX-License-Identifier: Apache-2.0 */
/* The rows, and their Markdown. */
#include "driver.h"

#define ROW(name, ...) extern const struct attack_steps attack_##name;
#include "../table.h"
#undef ROW

#define ROW(name, ...) {#name, __VA_ARGS__, &attack_##name},
const struct row rows[] = {
#include "../table.h"
};
const size_t n_rows = sizeof(rows) / sizeof(rows[0]);

static void cell(const struct row *row, unsigned plane, const char *open)
{
	if (!(row->planes & plane))
		printf(" - |");
	else if (open)
		printf(" **not covered**: %s |", open);
	else if (row->planes & SILENT)
		printf(" stopped |");
	else if (plane == RUN && row->planes & UNTOLD)
		printf(" stopped, as if the kernel did not have it |");
	else if (plane == RUN && row->planes & NEWER)
		printf(" stopped, reported by audit; the policy is refused where Landlock is too "
		       "old |");
	else if (plane == RUN && row->planes & LANDLOCK)
		printf(" stopped, reported by audit |");
	else
		printf(" stopped, reported |");
}

void markdown(void)
{
	const char *class = "";

	for (size_t i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];

		if (strcmp(class, row->class) != 0) {
			class = row->class;
			printf("%s**%s**\n\n", i ? "\n" : "", class);
			if (row->planes & INPUT)
				printf("| what is tried | |\n|---|---|\n");
			else
				printf("| what is tried | `bailiff run` | host plane |\n"
				       "|---|---|---|\n");
		}
		printf("| %s |", row->tries);
		if (row->planes & INPUT) {
			printf(" refused, with a message |\n");
			continue;
		}
		cell(row, RUN, row->open_run);
		cell(row, HOST, row->open_host);
		printf("\n");
	}
}
