/* SPDX-License-Identifier: Apache-2.0 */
/* make-store FILE: puts the reports of standard input into a store. */
#include <stdio.h>
#include <unistd.h>

#include "bailiff/store.h"

int main(int argc, char **argv)
{
	const struct store_options options = {.write = true};
	struct store_import import;
	struct store *store = NULL;
	struct diag *diag = NULL;
	int r;

	if (argc != 2 || diag_new(&diag) < 0)
		return 2;
	r = store_open(argv[1], &options, diag, &store);
	if (r == 0)
		r = store_import(store, STDIN_FILENO, "standard input", diag, &import);
	diag_print(diag, stderr);
	store_free(store);
	diag_free(diag);
	return r < 0;
}
