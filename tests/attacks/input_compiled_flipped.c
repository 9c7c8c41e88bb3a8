/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int taken(const char *data, size_t size)
{
	put("./policy", data, size, 0644);
	return TOLD("run", "--store", "none", "-p", "./policy", "--", attack_self, "markdown");
}
static char data[65536];
static ssize_t size;
static int compiled(void)
{
	int fd;

	put("policy.yaml", HEAD CALLS, sizeof(HEAD CALLS) - 1, 0644);
	if (TOLD("compile", "-o", "made", "policy.yaml"))
		return WRONG;
	fd = open("made", O_RDONLY | O_CLOEXEC);
	size = read(fd, data, sizeof(data));
	return size > 64 && size < (ssize_t)sizeof(data) ? 0 : WRONG;
}

static int attack(void)
{
	int error = compiled();

	if (error || attack_harmless)
		return error ? error : taken(data, (size_t)size);
	for (ssize_t i = 1; i < 64; i++) {
		ssize_t at = i * (size - 1) / 63;
		char bit = (char)(1 << i % 8);

		data[at] = (char)(data[at] ^ bit);
		error = taken(data, (size_t)size);
		data[at] = (char)(data[at] ^ bit);
		if (error != EINVAL)
			break;
	}
	return error;
}
ATTACK(input_compiled_flipped, .attack = attack);
