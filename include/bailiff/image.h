/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image: a compiled policy on disk: the lowered tables, the rules on paths and addresses, and the proved
 * filters of every mode, so that `run` neither parses nor compiles nor proves. Little-endian, fixed-width, checked whole
 * before any of it is used: a file that was cut off, changed, or made by another version is
 * refused, with what to do.
 *
 * The check sum finds accidents, not attackers: whoever may write the file says what the policy is,
 * as with the YAML. So, like YAML, root reads it only from root's own hands (READ_OWNED).
 */
#ifndef BAILIFF_IMAGE_H
#define BAILIFF_IMAGE_H

#include "bailiff/diag.h"
#include "bailiff/filter.h"
#include "bailiff/policy.h"

#define IMAGE_FORMAT	2u
#define IMAGE_MAX_BYTES (64u << 20)
#define IMAGE_MODES	4

struct image {
	struct policy *policy; /* all but its scope, and who decides on a surface */
	const struct filter *filters[IMAGE_MODES]; /* by image_mode(); all NULL where the policy
						      wants no filter */
	/* Private: most of the above lies in the file's own bytes. */
	struct filter codes[IMAGE_MODES];
	char *bytes;
};

static inline unsigned image_mode(const struct filter_mode *mode)
{
	return (mode->supervised ? 1u : 0u) | (mode->audit ? 2u : 0u);
}

/* Writes a file whole or not at all: a temporary beside it, synced, renamed. A reader sees the old one or the
 * new, never a part. A device or a pipe is written to. */
int image_replace_file(const char *path, const char *bytes, size_t length, struct diag *diag);
/* Compiles and proves the filter of every mode, and writes the file whole or not at all (a
 * temporary beside it, synced, renamed). -EBADMSG when the proof fails; errors are in diag.
 * ret_proof: of the supervised, enforcing filter; may be NULL. */
int image_write(const struct policy *policy, const char *path, struct diag *diag,
		struct filter_proof *ret_proof);

/* -ENOEXEC, and no word in diag, where the file does not begin as an image does, or can't be
 * opened: the reader of YAML then says why. Else -EINVAL with the reason in diag; or the errno of
 * reading. */
int image_read(const char *path, struct diag *diag, struct image **ret_image);
/* The same from memory; the bytes are copied. */
int image_parse(const void *bytes, size_t length, const char *name, struct diag *diag,
		struct image **ret_image);
void image_free(struct image *image);
void image_freep(struct image **image);

#endif
