/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as jansson reads it, with what jansson lacks: numbers above 2^63, and a bound on values. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define SAY(severity)                                                                              \
	do {                                                                                       \
		const struct diag_pos pos = {.file = reader->file};                                \
		va_list args;                                                                      \
		char *text = NULL;                                                                 \
		va_start(args, format);                                                            \
		if (vasprintf(&text, format, args) < 0)                                            \
			text = NULL;                                                               \
		va_end(args);                                                                      \
		diag_##severity(reader->diag, &pos, "%s", text ? text : format);                   \
		free(text);                                                                        \
	} while (0)

void oci_error(const struct oci_reader *reader, const char *format, ...)
{
	SAY(error);
}

void oci_warn(const struct oci_reader *reader, const char *format, ...)
{
	SAY(warning);
}

void oci_note(const struct oci_reader *reader, const char *format, ...)
{
	SAY(note);
}

static bool number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/*
 * jansson holds integers as signed 64 bits, profiles hold them unsigned. In the copy that jansson
 * gets, what lies above 2^63 - 1 is written as the negative number of the same bits, and what was
 * negative as a fraction, which no member takes: so a negative integer of jansson's is a large one.
 */
static void put_number(FILE *out, const char *token, size_t length)
{
	char digits[24];
	uint64_t value;
	char *end;

	if (length < sizeof(digits)) {
		memcpy(digits, token, length);
		digits[length] = '\0';
		errno = 0;
		value = strtoull(digits, &end, 10);
		if (!*end && digits[0] == '-') {
			fprintf(out, "%s.0", digits);
			return;
		}
		if (!*end && !errno && digits[0] != '0' && value > INT64_MAX) {
			fprintf(out, "%" PRId64, (int64_t)value);
			return;
		}
	}
	fwrite(token, 1, length, out);
}

/* The copy. Counts what can become a value on the way. */
static int rewrite(const char *text, size_t length, FILE *out, size_t *ret_values)
{
	size_t i = 0, start, values = 0;

	while (i < length) {
		start = i;
		if (text[i] == '"') {
			for (i++; i < length && text[i] != '"' && text[i] != '\n'; i++)
				if (text[i] == '\\' && i + 1 < length)
					i++;
			i += i < length;
			fwrite(text + start, 1, i - start, out);
		} else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
			while (i < length && number_char(text[i]))
				i++;
			put_number(out, text + start, i - start);
		} else {
			values += text[i] == ',' || text[i] == '[' || text[i] == '{';
			putc_unlocked(text[i++], out);
		}
	}
	*ret_values = values;
	return ferror(out) ? -ENOMEM : 0;
}

static int syntax_error(const struct oci_reader *reader, const json_error_t *error)
{
	const struct diag_pos pos = {
		.file = reader->file,
		.line = error->line > 0 ? (unsigned)error->line : 0,
		.column = error->column > 0 ? (unsigned)error->column : 0,
	};

	if (json_error_code(error) == json_error_out_of_memory)
		return -ENOMEM;
	diag_error(reader->diag, &pos, "not JSON: %s", error->text);
	return -EINVAL;
}

int oci_json_parse(const struct oci_reader *reader, const char *text, size_t length,
		   json_t **ret_root)
{
	CLEANUP(free_ptr) char *copy = NULL;
	size_t copy_length = 0, values = 0;
	json_error_t error;
	json_t *root;
	FILE *out;
	int r;

	if (length > OCI_MAX_BYTES) {
		oci_error(reader, "the profile has more than %u MiB; this is the limit",
			  OCI_MAX_BYTES >> 20);
		return -EINVAL;
	}
	out = open_memstream(&copy, &copy_length);
	if (!out)
		return -ENOMEM;
	r = rewrite(text, length, out, &values);
	if (fclose(out) != 0 || r < 0)
		return -ENOMEM;
	if (values > OCI_MAX_VALUES) {
		oci_error(reader, "the profile has more than %u values; this is the limit",
			  OCI_MAX_VALUES);
		return -EINVAL;
	}
	root = json_loadb(copy, copy_length, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return syntax_error(reader, &error);
	if (!json_is_object(root)) {
		json_decref(root);
		oci_error(reader, "not a profile: this is JSON, but not an object");
		return -EINVAL;
	}
	*ret_root = root;
	return 0;
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a text";
	case JSON_INTEGER:
		return "a number without sign or fraction";
	default:
		return "something else";
	}
}

bool oci_member(const struct oci_reader *reader, const json_t *object, const char *where,
		const char *key, json_type type, const json_t **ret_value)
{
	const json_t *value = json_object_get(object, key);

	if (value && !json_is_null(value) && json_typeof(value) != type) {
		oci_error(reader, "%s%s%s must be %s", where, *where ? "." : "", key,
			  type_name(type));
		return false;
	}
	*ret_value = value && !json_is_null(value) ? value : NULL;
	return true;
}

bool oci_unsigned(const struct oci_reader *reader, const json_t *object, const char *where,
		  const char *key, uint64_t absent, uint64_t *ret_value)
{
	const json_t *value;

	if (!oci_member(reader, object, where, key, JSON_INTEGER, &value))
		return false;
	*ret_value = value ? (uint64_t)json_integer_value(value) : absent; /* see put_number() */
	return true;
}

bool oci_strings(const struct oci_reader *reader, const json_t *object, const char *where,
		 const char *key, const char *const **ret_list, size_t *ret_count)
{
	const json_t *array, *item;
	const char **list;
	size_t i;

	*ret_list = NULL;
	*ret_count = 0;
	if (!oci_member(reader, object, where, key, JSON_ARRAY, &array))
		return false;
	if (!array || !json_array_size(array))
		return true;
	list = arena_alloc(reader->arena, json_array_size(array), sizeof(*list));
	if (!list) {
		oci_error(reader, "out of memory at %s.%s", where, key);
		return false;
	}
	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item)) {
			oci_error(reader, "%s%s%s[%zu] must be a text", where, *where ? "." : "",
				  key, i);
			return false;
		}
		list[i] = json_string_value(item);
	}
	*ret_list = list;
	*ret_count = json_array_size(array);
	return true;
}
