/* SPDX-License-Identifier: Apache-2.0 */
/* Records from a broken ring: any bytes are an event, which can be written, or none. */
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/lsm/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "version: 1\nname: web\nscope: {host: true}\nfiles:\n  default: deny\n";

static struct decoder *make(void)
{
	const struct ruleset_options options = {.key = {1, 2}};
	struct ruleset set = {.blocks = NULL};
	struct decoder *decoder = NULL;
	struct policy *policy = NULL;

	if (decoder_new(&decoder) < 0 ||
	    policy_parse(text, sizeof(text) - 1, "web.yaml", NULL, &policy) < 0 ||
	    ruleset_compile((const struct policy *const *)&policy, 1, &options, NULL, &set) < 0)
		abort();
	decoder_take(decoder, 1, &set);
	policy_free(policy);
	return decoder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_line line;
	static struct decoder *decoder;
	struct event event;
	uint8_t *copy;

	if (!decoder)
		decoder = make();
	copy = malloc(size ? size : 1); /* of just this size: a byte too far is seen */
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	/* Most of what is asked lies behind these. */
	if (size > 16) {
		copy[0] = (uint8_t)(1 + copy[0] % 2);
		copy[1] = (uint8_t)(1 + copy[1] % 4);
	}
	(void)decoder_generation(copy, size);
	if (decoder_read(decoder, copy, size, &event) == 0) {
		(void)event_json(&event, &line);
		(void)event_text(&event, &line);
	}
	free(copy);
	return 0;
}
