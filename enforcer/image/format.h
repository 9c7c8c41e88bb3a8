/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file, section after section, each 8-byte aligned. Strings are offsets into the text section,
 * which ends in NUL; offset 0 is no string. Reserved fields are 0, so that equal policies give
 * equal files.
 */
#ifndef IMAGE_FORMAT_H
#define IMAGE_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "bailiff/image.h"
#include "bailiff/names.h"

#define IMAGE_MAGIC "bailiff\xb5"

enum image_section {
	SECTION_TEXT,
	SECTION_RULES,
	SECTION_CALLS, /* of all ABIs, one after the other: image_header.n_calls */
	SECTION_MATCHES,
	SECTION_CONDS,
	SECTION_VALUES,
	SECTION_CODE, /* of all modes, one after the other: image_header.n_code */
	SECTION_COUNT,
};

struct image_place {
	uint32_t offset; /* from the file's start */
	uint32_t count;	 /* elements */
};

struct image_header {
	char magic[8];
	uint32_t format;
	uint32_t size;	/* of the whole file */
	uint32_t crc32; /* of everything behind this field */
	uint32_t flags;
	char version[16]; /* of the bailiff that wrote it */
	uint32_t name, description, path;
	uint32_t abi_rule, unknown_rule;
	uint32_t default_rule[CLASS_END];
	uint32_t governed; /* bit per ABI */
	uint32_t n_calls[ARCH_COUNT];
	uint32_t n_code[IMAGE_MODES];
	uint32_t cap_rule[64];
	uint32_t reserved;
	uint64_t caps_allowed, caps_audited;
	struct image_place sections[SECTION_COUNT];
};
static_assert(sizeof(struct image_header) ==
		      8 + 4 * 4 + 16 + 4 * (3 + 2 + 7 + 1 + 4 + 4 + 64 + 1) + 16 + 8 * 7,
	      "no padding in image_header");

enum image_flag {
	IMAGE_AUDIT = 1 << 0,
	IMAGE_NO_NEW_PRIVS = 1 << 1,
};

struct image_rule {
	uint32_t file, why, text;
	uint32_t line, column;
	uint16_t error;
	uint8_t class, list, action, quiet;
	uint16_t reserved;
};
static_assert(sizeof(struct image_rule) == 28, "no padding in image_rule");

struct image_cond {
	uint64_t mask;
	uint32_t first_value, n_values;
	uint8_t arg, op;
	uint16_t reserved[3];
};
static_assert(sizeof(struct image_cond) == 24, "no padding in image_cond");

/* These two are stored as they are in memory. */
static_assert(sizeof(struct policy_call) == 12, "no padding in policy_call");
static_assert(sizeof(struct policy_match) == 12, "no padding in policy_match");

extern const uint32_t image_element[SECTION_COUNT]; /* bytes of one element */

#endif
