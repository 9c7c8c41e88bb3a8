/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define SOURCE_BYTES (4u << 20)

void source_read(const char *file, unsigned line, struct source *ret_source)
{
	unsigned number = 0;
	size_t length;
	char *at, *rest;

	*ret_source = (struct source){.data = NULL};
	/* Only where a name can be anywhere the same file: not "web.yaml", and none of those inside. */
	if (!file || file[0] != '/' || !line ||
	    read_file(file, SOURCE_BYTES, 0, &ret_source->data, &length) < 0)
		return;
	if (strlen(ret_source->data) != length)
		return; /* that is no policy */
	rest = ret_source->data;
	while ((at = strsep(&rest, "\n")) && ret_source->n < ARRAY_LEN(ret_source->line)) {
		number++;
		if (number + SOURCE_AROUND < line)
			continue;
		if (number > line + SOURCE_AROUND || (!rest && !*at))
			break;
		ret_source->line[ret_source->n++] = (struct source_line){number, at};
	}
	if (number < line)
		ret_source->n = 0;
}

void source_clear(struct source *source)
{
	free(source->data);
	*source = (struct source){.data = NULL};
}
