/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with text that is no YAML, in words for someone who does not know libyaml's. */
#include <errno.h>
#include <string.h>

#include "doc_internal.h"

struct hint {
	const char *problem; /* how libyaml's message begins */
	const char *text;
};

static const struct hint hints[] = {
	{"mapping values are not allowed", "a ':' stands where no key can be; check the "
					   "indentation, or put the text in quotes"},
	{"did not find expected key", "this line fits into nothing above it; check the "
				      "indentation, or close a quote or bracket before it"},
	{"did not find expected '-' indicator",
	 "a list's entries begin with '- ', all at the same column; check the indentation"},
	{"did not find expected ',' or ']'", "close the list with ']' and separate its entries "
					     "with ','"},
	{"did not find expected ',' or '}'", "close the braces with '}' and separate the entries "
					     "with ','"},
	{"did not find expected node content", "a value is missing here"},
	{"did not find expected <document start>",
	 "this is outside of the policy's mapping; check the indentation"},
	{"could not find expected ':'", "a key needs a ':' behind it, on the same line"},
	{"found unexpected end of stream", "a quote is not closed"},
	{"found unexpected document indicator", "a quote is not closed before '---' or '...'"},
	{"found unknown escape character", "a backslash in double quotes begins an escape; use "
					   "single quotes for plain text"},
	{"block sequence entries are not allowed", "'- ' can not stand here; put the list on "
						   "lines of its own"},
	{"did not find expected alphabetic or numeric character",
	 "text that begins with '*' or '&' must be in quotes, as \"*:80/tcp\""},
	{"found a tab character", "indent with spaces, not tabs"},
	{"found incompatible YAML document", "leave out the line that begins with '%'"},
	{"found duplicate %YAML directive", "leave out the lines that begin with '%'"},
	{"found unknown directive name", "leave out the line that begins with '%'"},
	{"exceeded maximum nesting", "nest less deeply"},
	{"control characters are not allowed",
	 "only printable text is; write it as \"\\xNN\" in double quotes"},
};

static void count_place(const char *text, size_t length, size_t offset, struct diag_pos *pos)
{
	size_t i, limit = offset < length ? offset : length;

	pos->line = 1;
	pos->column = 1;
	for (i = 0; i < limit; i++) {
		if (text[i] == '\n') {
			pos->line++;
			pos->column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			pos->column++;
		}
	}
}

/* The first byte of `text` that does not continue valid UTF-8. */
static size_t first_invalid(const char *text, size_t length)
{
	size_t i = 0, n;

	while (i < length) {
		for (n = 1; n <= 4 && n <= length - i; n++)
			if (utf8_valid(text + i, n))
				break;
		if (n > 4 || n > length - i)
			break;
		i += n;
	}
	return i;
}

int doc_check_text(const char *text, size_t length, const char *file, struct diag *diag)
{
	struct diag_pos pos = {.file = file, .line = 1, .column = 1};
	const char *nul;

	if (length > DOC_MAX_BYTES) {
		pos.line = pos.column = 0;
		diag_error(diag, &pos, "more than %u MiB of text; split the file into includes",
			   DOC_MAX_BYTES >> 20);
		return -EINVAL;
	}
	if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		diag_error(diag, &pos, "the text is UTF-16; save it as UTF-8");
		return -EINVAL;
	}
	nul = length ? memchr(text, 0, length) : NULL;
	if (nul) {
		count_place(text, length, (size_t)(nul - text), &pos);
		diag_error(diag, &pos, "a NUL byte; a policy is plain UTF-8 text");
		return -EINVAL;
	}
	if (!utf8_valid(text, length)) {
		count_place(text, length, first_invalid(text, length), &pos);
		diag_error(diag, &pos, "this byte is not UTF-8; save the file as UTF-8");
		return -EINVAL;
	}
	return 0;
}

static const char *hint_for(const yaml_parser_t *parser, char first)
{
	size_t i;

	if (first == '\t')
		return "indent with spaces, not tabs";
	if (strncmp(parser->problem, "found character that cannot start any token", 43) == 0) {
		if (first == '@' || first == '`')
			return "text that begins with '@' must be in quotes, as \"@default\"";
		return "put text that begins with this character in quotes";
	}
	for (i = 0; i < ARRAY_LEN(hints); i++)
		if (strncmp(parser->problem, hints[i].problem, strlen(hints[i].problem)) == 0)
			return hints[i].text;
	return "check indentation, quotes and brackets";
}

int doc_explain(const yaml_parser_t *parser, const char *text, size_t length, const char *file,
		struct diag *diag)
{
	struct diag_pos pos = {.file = file, .line = 1, .column = 1};
	size_t offset = parser->problem_mark.index;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR) {
		offset = parser->problem_offset;
		count_place(text, length, offset, &pos);
	} else {
		pos.line = (unsigned)parser->problem_mark.line + 1;
		pos.column = (unsigned)parser->problem_mark.column + 1;
	}
	/* mark.index counts characters, which only for ASCII are bytes: find the byte by line
	 * and column. */
	if (parser->error != YAML_READER_ERROR) {
		unsigned line = 1, column = 1;

		for (offset = 0; offset < length; offset++) {
			if (line == pos.line && column == pos.column)
				break;
			if (text[offset] == '\n') {
				line++;
				column = 1;
			} else if (offset + 1 == length ||
				   ((unsigned char)text[offset + 1] & 0xc0) != 0x80) {
				column++;
			}
		}
	}
	diag_error(diag, &pos, "not YAML: %s; %s", parser->problem,
		   hint_for(parser, offset < length ? text[offset] : '\0'));
	return -EINVAL;
}
