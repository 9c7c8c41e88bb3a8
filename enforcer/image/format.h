/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file, section after section, each 8-byte aligned. Strings are offsets into the text section,
 * which ends in NUL; offset 0 is no string. Reserved fields are 0, so that equal policies give
 * equal files.
 */
#ifndef IMAGE_FORMAT_H
#define IMAGE_FORMAT_H

#include <assert.h>
#include <stdbool.h>
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
	SECTION_PATHS,	   /* rules of files and exec */
	SECTION_NETS,	   /* rules of network */
	SECTION_ADDRESSES, /* of those, in their order */
	SECTION_STRINGS,   /* patterns of paths, and of `by` */
	SECTION_CODE,	   /* of all modes, one after the other: image_header.n_code */
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
		      8 + 4 * 4 + 16 + 4 * (3 + 2 + 7 + 1 + 4 + 4 + 64 + 1) + 16 + 8 * 11,
	      "no padding in image_header");

enum image_flag {
	IMAGE_AUDIT = 1 << 0,
	IMAGE_NO_NEW_PRIVS = 1 << 1,
};

struct image_rule {
	uint32_t file, why, text;
	uint32_t line, column;
	uint32_t first_by, n_by; /* into the strings */
	uint16_t error;
	uint8_t class, list, action, quiet;
	uint16_t reserved;
};
static_assert(sizeof(struct image_rule) == 36, "no padding in image_rule");

struct image_cond {
	uint64_t mask;
	uint32_t first_value, n_values;
	uint8_t arg, op;
	uint16_t reserved[3];
};
static_assert(sizeof(struct image_cond) == 24, "no padding in image_cond");

struct image_path {
	uint32_t rule;
	uint32_t first_pattern, n_patterns; /* into the strings */
	uint16_t access, words;
};
static_assert(sizeof(struct image_path) == 16, "no padding in image_path");

struct image_net {
	uint32_t rule;
	uint32_t first_address, n_addresses;
	uint8_t op;
	uint8_t reserved[3];
};
static_assert(sizeof(struct image_net) == 16, "no padding in image_net");

struct image_address {
	uint32_t pattern, text;
	uint32_t family, type;
	uint8_t address[16];
	uint16_t port_low, port_high;
	int16_t protocol;
	uint8_t kind, prefix;
};
static_assert(sizeof(struct image_address) == 40, "no padding in image_address");

/* These two are stored as they are in memory. */
static_assert(sizeof(struct policy_call) == 12, "no padding in policy_call");
static_assert(sizeof(struct policy_match) == 12, "no padding in policy_match");

/* What of the file is read now: read.c; objects.c. */
struct image_reader {
	const char *bytes; /* owned by the image, aligned */
	const struct image_header *header;
	struct policy *policy;
	struct arena *arena;
	uint32_t strings; /* used so far */
	bool bad;
};
const void *image_section(const struct image_reader *r, enum image_section section);
uint32_t image_count(const struct image_reader *r, enum image_section section);
const char *image_text(struct image_reader *r, uint32_t offset);
/* Rules hold `by`, and path_rules and net_rules hold rules. -ENOMEM. */
int image_read_by(struct image_reader *r);
int image_read_objects(struct image_reader *r);

extern const uint32_t image_element[SECTION_COUNT]; /* bytes of one element */

#endif
