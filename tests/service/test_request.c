/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may say, and all that it may not. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/base.h"
#include "bailiff/service.h"

#define LONG64 "a234567890123456789012345678901234567890123456789012345678901234"

static const struct {
	const char *why, *line;
	int result;
	const char *name;
	uint64_t hash;
} rows[] = {
	{"plain", "govern web 0123456789abcdef", 0, "web", 0x0123456789abcdef},
	{"all signs of a name", "govern 0a._- ffffffffffffffff", 0, "0a._-", UINT64_MAX},
	{"the longest name", "govern " LONG64 " 0000000000000001", 0, LONG64, 1},
	{"a name too long", "govern " LONG64 "x 0000000000000001", -EINVAL, NULL, 0},
	{"no name", "govern  0000000000000001", -EINVAL, NULL, 0},
	{"a name with a slash", "govern a/b 0000000000000001", -EINVAL, NULL, 0},
	{"a name in capitals", "govern Web 0000000000000001", -EINVAL, NULL, 0},
	{"a name that begins with a dot", "govern .web 0000000000000001", -EINVAL, NULL, 0},
	{"a hash too short", "govern web 000000000000001", -EINVAL, NULL, 0},
	{"a hash too long", "govern web 00000000000000001", -EINVAL, NULL, 0},
	{"a hash in capitals", "govern web 000000000000000A", -EINVAL, NULL, 0},
	{"a hash with a sign", "govern web +000000000000001", -EINVAL, NULL, 0},
	{"no hash", "govern web", -EINVAL, NULL, 0},
	{"one word more", "govern web 0000000000000001 1", -EINVAL, NULL, 0},
	{"two spaces", "govern web  0000000000000001", -EINVAL, NULL, 0},
	{"another word", "Govern web 0000000000000001", -EINVAL, NULL, 0},
	{"watching is another's", "watch", -EINVAL, NULL, 0},
	{"nothing", "", -EINVAL, NULL, 0},
};

Test(request, rows)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct service_request request = {.hash = 77};
		int r = service_parse(rows[i].line, strlen(rows[i].line), &request);

		cr_expect_eq(r, rows[i].result, "%s: %d", rows[i].why, r);
		if (r < 0) {
			cr_expect_eq(request.hash, 77, "%s: written to", rows[i].why);
			continue;
		}
		cr_expect_str_eq(request.name, rows[i].name, "%s", rows[i].why);
		cr_expect_eq(request.hash, rows[i].hash, "%s", rows[i].why);
	}
}

Test(request, a_nul_inside)
{
	struct service_request request;

	cr_expect_eq(service_parse("govern w\0b 0000000000000001", 27, &request), -EINVAL);
	cr_expect_eq(service_parse("govern web 00000000\0"
				   "0000001",
				   27, &request),
		     -EINVAL);
}

Test(request, what_is_asked_is_understood)
{
	char line[SERVICE_REQUEST];
	struct service_request request;

	service_ask(LONG64, 0xfedcba9876543210, line);
	cr_assert_eq(line[strlen(line) - 1], '\n');
	cr_assert_eq(service_parse(line, strlen(line) - 1, &request), 0);
	cr_expect_str_eq(request.name, LONG64);
	cr_expect_eq(request.hash, 0xfedcba9876543210);
}
