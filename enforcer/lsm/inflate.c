/* SPDX-License-Identifier: Apache-2.0 */
/* The object, out of this program's own memory, where it lies compressed. */
#include <errno.h>
#include <stdlib.h>

#include <zlib.h>

#include "room.h"

extern const char lsm_object[], lsm_object_end[];
extern const uint64_t lsm_object_bytes;

uint64_t lsm_object_hash(void)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a: tells builds apart, no more */
	const char *p;

	/* cppcheck-suppress comparePointers; the two are the ends of one thing */
	for (p = lsm_object; p < lsm_object_end; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	return hash;
}

int lsm_object_inflate(char **ret_data, size_t *ret_size)
{
	CLEANUP(free_ptr) char *data = malloc(lsm_object_bytes);
	/* cppcheck-suppress comparePointers; as above */
	const uLong length = (uLong)(lsm_object_end - lsm_object);
	uLongf size = lsm_object_bytes;

	if (!data)
		return -ENOMEM;
	if (uncompress((Bytef *)data, &size, (const Bytef *)lsm_object, length) != Z_OK ||
	    size != lsm_object_bytes)
		return -EBADMSG;
	*ret_data = STEAL(data);
	*ret_size = size;
	return 0;
}
