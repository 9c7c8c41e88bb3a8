/* SPDX-License-Identifier: Apache-2.0 */
/* The audit stream, a record a line with its type before it: whatever comes, no denial is told twice or
 * without a record of it. */
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/launch/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *context, const struct audit_record *denial, const struct audit_record *task)
{
	uint64_t *told = context;

	if (denial->type != AUDIT_ACCESS || (task && task->type != AUDIT_TASK) ||
	    (task && task->serial != denial->serial) ||
	    denial->object_length >= sizeof(denial->object))
		abort();
	++*told;
}

/* As the kernel would send it; of just this size, so that a byte too far is seen. */
static int parse(const uint8_t *line, size_t length, struct audit_record *record)
{
	struct nlmsghdr header = {.nlmsg_len = (uint32_t)length};
	size_t digits = 0;
	uint8_t *datagram;
	int r;

	for (; digits < length && digits < 4 && line[digits] >= '0' && line[digits] <= '9';
	     digits++)
		header.nlmsg_type = (uint16_t)(header.nlmsg_type * 10 + line[digits] - '0');
	digits += digits < length;
	length -= digits;
	datagram = malloc(sizeof(header) + length);
	if (!datagram)
		return -1;
	memcpy(datagram, &header, sizeof(header));
	memcpy(datagram + sizeof(header), line + digits, length);
	r = audit_parse(datagram, sizeof(header) + length, record);
	free(datagram);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct audit_record record;
	struct audit_events *events;
	uint64_t told = 0, denials = 0;
	struct audit_count result;
	const uint8_t *end;
	int64_t now = 0;

	(void)audit_parse(data, size, &record);
	if (audit_events_new("bailiff-abcdefg", count, &told, &events) < 0)
		return 0;
	for (; size; now += AUDIT_WAIT_NS / 16) {
		end = memchr(data, '\n', size);
		if (parse(data, end ? (size_t)(end - data) : size, &record) == 0) {
			denials += record.type == AUDIT_ACCESS;
			audit_events_take(events, &record, now);
		}
		audit_events_flush(events, now);
		size -= end ? (size_t)(end - data) + 1 : size;
		data = end ? end + 1 : data;
	}
	audit_events_flush(events, INT64_MAX);
	result = audit_events_count(events);
	if (result.told != told || told > denials || audit_events_due(events) != -1)
		abort();
	audit_events_free(events);
	return 0;
}
