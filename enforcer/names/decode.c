/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments as a person would write them. */
#include "tables.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct text {
	char *out;
	size_t size, length;
};

/* Appends, cut to what fits: a long flag word must not fail a report. */
PRINTF_LIKE(2, 3)
static void append(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list arguments;

	if (room <= 1)
		return;
	va_start(arguments, format);
	int length = vsnprintf(text->out + text->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void append_part(struct text *text, const char *name)
{
	append(text, "%s%s", text->length ? "|" : "", name);
}

static void append_bits(struct text *text, uint64_t bits)
{
	append(text, "%s0x%" PRIx64, text->length ? "|" : "", bits);
}

/* The name that stands for exactly this value, or NULL. */
static const char *value_name(const struct decode_field *field, enum arch arch, uint64_t value)
{
	for (size_t i = field->first; i < (size_t)field->first + field->count; i++) {
		uint64_t known;

		if (constant_value(decode_names[i], arch, &known) == 0 && known == value)
			return constant_name(decode_names[i]);
	}
	return NULL;
}

/*
 * Flags in the order of their values. Names of several bits (O_SYNC) stand
 * first in the table and so take their bits from the names of one.
 */
static void decode_flags(const struct decode_field *field, enum arch arch, uint64_t bits,
			 struct text *text)
{
	enum { FLAGS_MAX = 64 };
	struct {
		const char *name;
		uint64_t value;
	} found[FLAGS_MAX];
	size_t count = 0;

	for (size_t i = field->first; i < (size_t)field->first + field->count; i++) {
		uint64_t flag;

		if (constant_value(decode_names[i], arch, &flag) < 0 || flag == 0 ||
		    (bits & flag) != flag || count == FLAGS_MAX)
			continue;
		found[count].name = constant_name(decode_names[i]);
		found[count++].value = flag;
		bits &= ~flag;
	}
	for (size_t written = 0; written < count; written++) {
		size_t next = count;

		for (size_t i = 0; i < count; i++)
			if (found[i].name && (next == count || found[i].value < found[next].value))
				next = i;
		assert(next < count); /* as many rounds as there are names */
		append_part(text, found[next].name);
		found[next].name = NULL;
	}
	if (bits)
		append_bits(text, bits);
}

static void decode_field(const struct decode_field *field, enum arch arch, uint64_t value,
			 struct text *text)
{
	uint64_t bits = value & field->mask;
	const char *name;

	switch (field->how) {
	case DECODE_FLAGS:
		decode_flags(field, arch, bits, text);
		break;
	case DECODE_OCTAL:
		if (bits)
			append(text, "%s0%" PRIo64, text->length ? "|" : "", bits);
		break;
	case DECODE_VALUE:
		name = value_name(field, arch, bits);
		if (name)
			append_part(text, name);
		else if (bits)
			append_bits(text, bits);
		break;
	}
}

static uint64_t width_mask(unsigned width)
{
	return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

/* Is a number of this C type signed to those who write it? */
static bool is_signed(const struct name_arg *arg)
{
	static const char *const unsigned_types[] = {
		"unsigned", "size_t", "u16",   "u32",	  "u64",	   "uid_t",
		"gid_t",    "qid_t",  "ulong", "umode_t", "aio_context_t", "uptr_t",
	};

	if (arg->kind == KIND_FD)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(unsigned_types); i++)
		if (strstr(arg->type, unsigned_types[i]))
			return false;
	return true;
}

/* A number without names. Returns false when it was written as a decimal. */
static bool write_number(const struct name_arg *arg, uint64_t value, struct text *text)
{
	/* chown(path, -1, gid): ids are unsigned, but "leave it" is written -1. */
	bool leave = value == UINT32_MAX &&
		     (strcmp(arg->type, "uid_t") == 0 || strcmp(arg->type, "gid_t") == 0);

	if (value == 0 && arg->kind != KIND_POINTER) {
		append(text, "0");
		return false;
	}
	if (arg->kind == KIND_POINTER || arg->kind == KIND_BITS) {
		append(text, "0x%" PRIx64, value);
		return true;
	}
	if (leave || (is_signed(arg) && arg->width == 32)) {
		append(text, "%" PRId32, (int32_t)(uint32_t)value);
		return false;
	}
	if (is_signed(arg) && arg->width == 64) {
		append(text, "%" PRId64, (int64_t)value);
		return false;
	}
	if (value > INT64_MAX) { /* no JSON reader takes it as a number */
		append(text, "0x%" PRIx64, value);
		return true;
	}
	append(text, "%" PRIu64, value);
	return false;
}

bool names_decode(enum arch arch, const struct name_call *call, unsigned arg, uint64_t value,
		  char *out, size_t size)
{
	static const struct name_arg unknown = {.type = "unsigned long", .kind = KIND_BITS};
	struct text text = {.out = out, .size = size};
	bool known = call && call->nargs > 0 && arg < (unsigned)call->nargs;
	const struct name_arg *info = known ? &call->args[arg] : &unknown;
	uint64_t mask = width_mask(known ? info->width : arch == ARCH_I386 ? 32 : 64);
	uint64_t unnamed = UINT64_MAX;

	if (size)
		out[0] = '\0';
	value &= mask;
	const struct decode_spec *spec = &decode_specs[info->family];

	if (spec->count == 0)
		return write_number(info, value, &text);

	const struct decode_field *fields = &decode_fields[spec->first];

	/* All ones is a question (personality(-1)) or junk, not every flag there is. */
	if (value == mask && fields[0].mask != UINT64_MAX) {
		append_bits(&text, value);
		return true;
	}
	if (fields[0].how == DECODE_VALUE && fields[0].mask == UINT64_MAX) {
		const char *name = value_name(&fields[0], arch, value);

		if (!name)
			return write_number(info, value, &text);
		append_part(&text, name);
		return true;
	}
	for (unsigned i = 0; i < spec->count; i++) {
		decode_field(&fields[i], arch, value, &text);
		unnamed &= ~fields[i].mask;
	}
	/* Bits of no field (the version in ipc's call) are said too: the text is the whole value. */
	if (value & unnamed)
		append_bits(&text, value & unnamed);
	if (text.length)
		return true;
	append(&text, "0");
	return false;
}
