/* SPDX-License-Identifier: Apache-2.0 */
/* The soak's bailiff is the static program but for this: its stores are full at 1 MiB, so that they are trimmed
 * all the time. (Linked with --wrap=store_open.) */
#include "bailiff/store.h"

#define SOAK_BYTES (1ull << 20)

int __real_store_open(const char *path, const struct store_options *options, struct diag *diag,
		      struct store **ret_store);
int __wrap_store_open(const char *path, const struct store_options *options, struct diag *diag,
		      struct store **ret_store);

int __wrap_store_open(const char *path, const struct store_options *options, struct diag *diag,
		      struct store **ret_store)
{
	struct store_options small = options ? *options : (struct store_options){.write = false};

	if (!small.bytes)
		small.bytes = SOAK_BYTES;
	return __real_store_open(path, &small, diag, ret_store);
}
