/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a record or none; what is one is written and read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_record record, again;
	static struct event_line one, two;
	char *line = malloc(size ? size : 1); /* of just this size: a byte too far is seen */

	if (!line)
		return 0;
	memcpy(line, data, size);
	if (event_parse(line, size, &record) == 0 && record.type == EVENT_VIOLATION &&
	    event_json(&record.event, &one) == 0) {
		/* \u escapes and \xNN are shorter in a file that is not ours. */
		if (one.length <= EVENT_LINE_MAX &&
		    (event_parse(one.data, one.length, &again) < 0 ||
		     event_json(&again.event, &two) < 0 || one.length != two.length ||
		     memcmp(one.data, two.data, one.length) != 0))
			abort();
		/* Numbers that were read are read again. */
		if (one.length <= EVENT_LINE_MAX &&
		    (again.event.has_call != record.event.has_call ||
		     memcmp(again.event.call.args, record.event.call.args,
			    sizeof(again.event.call.args)) != 0))
			abort();
		(void)event_text(&record.event, &two);
	}
	free(line);
	return 0;
}
