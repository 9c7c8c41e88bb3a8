/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled policies from hostile hands: whatever is accepted must decide, and free, without a fault. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bailiff/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image *image = NULL;
	uint32_t length = (uint32_t)size, crc, nr;
	uint8_t *copy;

	if (size < 40)
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	/* Length, version and check sum are made right, so that what lies behind them is reached. */
	memcpy(copy + 12, &length, sizeof(length));
	memset(copy + 24, 0, 16);
	memcpy(copy + 24, BAILIFF_VERSION, sizeof(BAILIFF_VERSION));
	crc = (uint32_t)crc32_z(0, copy + 20, size - 20);
	memcpy(copy + 16, &crc, sizeof(crc));
	if (image_parse(copy, size, "fuzz", NULL, &image) == 0) {
		for (nr = 0; nr < 500; nr++)
			(void)policy_decide(image->policy, ARCH_X86_64, nr,
					    (uint64_t[CALL_ARGS]){nr, 1, UINT64_MAX, 3, 4, 5});
		(void)policy_closed_access(image->policy);
		(void)policy_closed_protocol(image->policy, 6);
		(void)policy_closed_unix(image->policy);
		(void)policy_shut_call(image->policy, NET_BIND, NET_ANY);
		image_free(image);
	}
	free(copy);
	return 0;
}
