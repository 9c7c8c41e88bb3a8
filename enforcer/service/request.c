/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the socket. They come from anybody. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

#define HASH_DIGITS 16u

/* [a-z0-9][a-z0-9._-]*, as policies are named. */
bool request_is_name(const char *text, size_t length)
{
	if (!length || length > POLICY_MAX_NAME)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool first =
			(text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9');

		if (!first && (i == 0 || !text[i] || !strchr("._-", text[i])))
			return false;
	}
	return true;
}

static bool read_hash(const char *text, uint64_t *ret_hash)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < HASH_DIGITS; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return false;
		hash = hash << 4 | (uint64_t)(digit - digits);
	}
	*ret_hash = hash;
	return true;
}

int service_parse(const char *line, size_t length, struct service_request *ret_request)
{
	static const char govern[] = "govern ";
	struct service_request request = {.name = ""};
	size_t before = sizeof(govern) - 1, name;

	if (length <= before + 1 + HASH_DIGITS || memcmp(line, govern, before) != 0)
		return -EINVAL;
	name = length - before - 1 - HASH_DIGITS;
	line += before;
	if (!request_is_name(line, name) || line[name] != ' ' ||
	    !read_hash(line + name + 1, &request.hash))
		return -EINVAL;
	memcpy(request.name, line, name);
	*ret_request = request;
	return 0;
}

void service_ask(const char *name, uint64_t hash, char *line)
{
	snprintf(line, SERVICE_REQUEST, "govern %s %016llx\n", name, (unsigned long long)hash);
}
