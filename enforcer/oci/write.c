/* SPDX-License-Identifier: Apache-2.0 */
/* Words and lines of YAML. Whatever comes from a profile is escaped: it can't end its line. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "write.h"

#define WIDTH	     100
#define COMMENT_MAX  2000 /* bytes of one comment */
#define RULE_INDENT  "    - "
#define LIST_INDENT  "        "
#define COMMENT_LINE "    # "

/* escape_text() leaves characters that YAML does not take: these are cut out of its UTF-8. */
static char *printable(const char *text)
{
	size_t length = strnlen(text, COMMENT_MAX), size = 4 * length + 1;
	char *out = malloc(size), *from, *to;

	if (!out)
		return NULL;
	escape_text(text, length, out, size);
	for (from = to = out; *from; from++) {
		if (memcmp(from, "\xef\xbf\xbe", 3) == 0 || memcmp(from, "\xef\xbf\xbf", 3) == 0)
			from += 2;
		else
			*to++ = *from;
	}
	*to = '\0';
	return out;
}

void write_prose(struct writer *writer, const char *first, const char *next, const char *text)
{
	CLEANUP(free_ptr) char *safe = printable(text);
	const char *word = safe ? safe : "";
	size_t column, length;

	fputs(first, writer->out);
	column = strlen(first);
	for (bool begun = false; *word; word += length + (word[length] == ' '), begun = true) {
		length = strcspn(word, " ");
		if (begun && column + 1 + length >= WIDTH) {
			fprintf(writer->out, "\n%s", next);
			column = strlen(next);
			begun = false;
		}
		fprintf(writer->out, "%s%.*s", begun ? " " : "", (int)length, word);
		column += length + begun;
	}
	putc('\n', writer->out);
}

void write_comment(struct writer *writer, const char *text)
{
	if (text)
		write_prose(writer, COMMENT_LINE, COMMENT_LINE, text);
}

void write_quoted(struct writer *writer, const char *text)
{
	CLEANUP(free_ptr) char *safe = printable(text);

	putc('"', writer->out);
	for (const char *p = safe ? safe : ""; *p; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', writer->out);
		putc(*p, writer->out);
	}
	fputs("\"\n", writer->out);
}

/* A name of [a-z0-9][a-z0-9._-]*, from the file's own where none is given. */
void write_policy_name(struct writer *writer, const char *given, const char *file)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	char name[POLICY_MAX_NAME + 1];
	size_t length = 0, end;

	if (given)
		base = given;
	end = strlen(base);
	if (!given && end > 5 && strcmp(base + end - 5, ".json") == 0)
		end -= 5;
	for (size_t i = 0; i < end && length < POLICY_MAX_NAME; i++) {
		unsigned char c = (unsigned char)base[i];
		bool word = c < 0x80 && isalnum(c);

		if (word || length)
			name[length++] = (char)(word			? tolower(c)
						: strchr("._-", c) && c ? c
									: '-');
	}
	name[length] = '\0';
	if (!length)
		snprintf(name, sizeof(name), "imported");
	/* quoted where YAML might take it for a number or a truth value */
	if (length <= 5 || !isalpha((unsigned char)*name))
		fprintf(writer->out, "\"%s\"\n", name);
	else
		fprintf(writer->out, "%s\n", name);
}

static void write_errno(struct writer *writer, uint16_t error)
{
	const char *name = names_errno(error);

	if (name)
		fprintf(writer->out, "errno %s", name);
	else
		fprintf(writer->out, "errno %u", error);
}

static void write_action(struct writer *writer, const struct oci_carried *as)
{
	switch (as->action) {
	case ACTION_ALLOW:
		fputs("allow", writer->out);
		break;
	case ACTION_AUDIT:
		fputs("audit", writer->out);
		break;
	case ACTION_ERRNO:
		write_errno(writer, as->error);
		break;
	case ACTION_TRAP:
		fputs("trap", writer->out);
		break;
	case ACTION_KILL_THREAD:
		fputs("kill-thread", writer->out);
		break;
	case ACTION_KILL:
		fputs("kill", writer->out);
		break;
	}
}

void write_default(struct writer *writer, struct oci_carried as)
{
	if (as.action == ACTION_ERRNO && as.error == EPERM)
		fputs("deny", writer->out);
	else
		write_action(writer, &as);
	putc('\n', writer->out);
}

/* Is there more to say than the list the rule stands in? */
static bool has_options(const struct oci_carried *as)
{
	return as->action > ACTION_ERRNO || (as->action == ACTION_ERRNO && as->error != EPERM);
}

static void write_options(struct writer *writer, const struct oci_carried *as,
			  const char *separator)
{
	fputs("action: ", writer->out);
	write_action(writer, as);
	if (as->quiet)
		fprintf(writer->out, "%sreport: no", separator);
}

void write_group_start(struct writer *writer, const char *first, size_t count,
		       const struct oci_carried *as)
{
	if (count == 1) {
		fprintf(writer->out, RULE_INDENT "%s", first);
		if (has_options(as)) {
			fputs(": {", writer->out);
			write_options(writer, as, ", ");
			putc('}', writer->out);
		}
		return;
	}
	writer->column = (size_t)fprintf(writer->out, RULE_INDENT "calls: [");
	writer->list_begun = false;
}

void write_list_item(struct writer *writer, const char *item)
{
	size_t length = strlen(item);

	if (writer->list_begun) {
		putc(',', writer->out);
		writer->column++;
		if (writer->column + length + 2 >= WIDTH) {
			fputs("\n" LIST_INDENT, writer->out);
			writer->column = strlen(LIST_INDENT);
		} else {
			putc(' ', writer->out);
			writer->column++;
		}
	}
	fputs(item, writer->out);
	writer->column += length;
	writer->list_begun = true;
}

void write_group_end(struct writer *writer, size_t count, const struct oci_carried *as)
{
	if (count > 1) {
		putc(']', writer->out);
		if (has_options(as)) {
			fputs("\n      ", writer->out);
			write_options(writer, as, "\n      ");
		}
	}
	putc('\n', writer->out);
}

/* The name of an argument that stands for its position on every ABI of the call, else argN. */
static void argument_name(const struct oci_call *call, unsigned arg, char *out, size_t size)
{
	const char *tries[2] = {NULL, NULL};
	bool fits;

	for (unsigned arch = 0; arch < ARCH_COUNT && !tries[1]; arch++) {
		const struct name_call *on = call->on[arch];

		if (on && on->nargs > 0 && arg < (unsigned)on->nargs) {
			tries[0] = on->args[arg].alias;
			tries[1] = on->args[arg].name;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		fits = tries[i] != NULL;
		for (unsigned arch = 0; arch < ARCH_COUNT && fits; arch++) {
			unsigned index;

			if (call->on[arch])
				fits = names_arg(call->on[arch], tries[i], &index) == 0 &&
				       index == arg;
		}
		if (fits) {
			snprintf(out, size, "%s", tries[i]);
			return;
		}
	}
	snprintf(out, size, "arg%u", arg);
}

/* Is this constant exactly the value, on every ABI of the call? */
static bool stands_for(const struct oci_call *call, unsigned arg, const char *name, uint64_t value)
{
	bool negative;
	uint64_t known;

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		const struct name_call *on = call->on[arch];

		if (!on)
			continue;
		if (on->nargs <= 0 || arg >= (unsigned)on->nargs ||
		    names_constant((enum arch)arch, name, &known, &negative) < 0 ||
		    known != value || (negative && on->args[arg].width != 32))
			return false;
	}
	return true;
}

/* As a person would write the value: the names that decode it, joined by |. */
static bool decode(const struct oci_call *call, unsigned arg, uint64_t value, char *out,
		   size_t size)
{
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++)
		if (call->on[arch])
			return names_decode((enum arch)arch, call->on[arch], arg, value, out, size);
	return false;
}

/* Decimal where people count, hexadecimal where they look at bits. */
static void number_text(const struct oci_call *call, unsigned arg, uint64_t value, char *out,
			size_t size)
{
	if (!decode(call, arg, value, out, size) && *out != '-')
		return;
	snprintf(out, size, value < 0x1000 ? "%" PRIu64 : "0x%" PRIx64, value);
}

/* A name where one stands for the value; false: it is a number. */
static bool value_text(const struct oci_call *call, unsigned arg, uint64_t value, char *out,
		       size_t size)
{
	if (decode(call, arg, value, out, size) && isalpha((unsigned char)*out) &&
	    !strchr(out, '|') && stands_for(call, arg, out, value))
		return true;
	number_text(call, arg, value, out, size);
	return false;
}

/* Flags as a list of their names, with the rest as a number. */
static void write_flags(struct writer *writer, const struct oci_call *call, unsigned arg,
			uint64_t flags)
{
	char text[1024], rest[32], *word, *next;
	uint64_t left = flags, bit;

	putc('[', writer->out);
	writer->list_begun = false;
	decode(call, arg, flags, text, sizeof(text));
	for (word = text; word; word = next) {
		next = strchr(word, '|');
		if (next)
			*next++ = '\0';
		for (bit = 1; bit && !(stands_for(call, arg, word, bit) && (left & bit)); bit <<= 1)
			;
		if (!bit)
			continue;
		left &= ~bit;
		write_list_item(writer, word);
	}
	if (left) {
		snprintf(rest, sizeof(rest), "0x%" PRIx64, left);
		write_list_item(writer, rest);
	}
	putc(']', writer->out);
	writer->column++;
}

static void write_masked(struct writer *writer, const struct oci_call *call,
			 const struct oci_cond *cond)
{
	if (cond->value_two && cond->value_two != cond->value) {
		writer->column +=
			(size_t)fprintf(writer->out, "{mask: 0x%" PRIx64 ", is: 0x%" PRIx64 "}",
					cond->value, cond->value_two);
		return;
	}
	writer->column +=
		(size_t)fprintf(writer->out, cond->value_two ? "{all-of: " : "{none-of: ");
	write_flags(writer, call, cond->arg, cond->value);
	putc('}', writer->out);
	writer->column++;
}

static void write_cond(struct writer *writer, const struct oci_call *call,
		       const struct oci_cond *cond)
{
	static const char *const words[] = {
		[OCI_NE] = "{not: ", [OCI_LT] = "{lt: ", [OCI_LE] = "{le: ",
		[OCI_GE] = "{ge: ",  [OCI_GT] = "{gt: ",
	};
	char text[256];

	if (cond->op == OCI_MASKED_EQ) {
		write_masked(writer, call, cond);
		return;
	}
	if (cond->op == OCI_EQ || cond->op == OCI_NE)
		value_text(call, cond->arg, cond->value, text, sizeof(text));
	else
		number_text(call, cond->arg, cond->value, text, sizeof(text));
	writer->column +=
		(size_t)fprintf(writer->out, "%s%s%s", cond->op == OCI_EQ ? "" : words[cond->op],
				text, cond->op == OCI_EQ ? "" : "}");
}

static void end_rule(struct writer *writer, const struct oci_alternative *alternative)
{
	if (has_options(&alternative->as)) {
		fputs(", ", writer->out);
		write_options(writer, &alternative->as, ", ");
	}
	fputs("}\n", writer->out);
}

void write_rule(struct writer *writer, const struct oci_call *call,
		const struct oci_alternative *alternative)
{
	char argument[64];

	writer->column = (size_t)fprintf(writer->out, RULE_INDENT "%s: {", call->name);
	for (size_t i = 0; i < alternative->n_conds; i++) {
		argument_name(call, alternative->conds[i].arg, argument, sizeof(argument));
		writer->column += (size_t)fprintf(writer->out, "%s%s: ", i ? ", " : "", argument);
		write_cond(writer, call, &alternative->conds[i]);
	}
	end_rule(writer, alternative);
}

void write_value_rule(struct writer *writer, const struct oci_call *call,
		      const struct oci_alternative *alternative, const uint64_t *values,
		      size_t count)
{
	unsigned arg = alternative->conds[0].arg;
	char argument[64], text[256];
	bool named = true;

	argument_name(call, arg, argument, sizeof(argument));
	for (size_t i = 0; i < count; i++) /* all by name, or none */
		named &= value_text(call, arg, values[i], text, sizeof(text));
	writer->column = (size_t)fprintf(writer->out, RULE_INDENT "%s: {%s: %s", call->name,
					 argument, count > 1 ? "[" : "");
	writer->list_begun = false;
	for (size_t i = 0; i < count; i++) {
		if (named)
			value_text(call, arg, values[i], text, sizeof(text));
		else
			number_text(call, arg, values[i], text, sizeof(text));
		write_list_item(writer, text);
	}
	if (count > 1)
		putc(']', writer->out);
	end_rule(writer, alternative);
}
