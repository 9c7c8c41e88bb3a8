/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of a profile as a policy: one list after the other, in the profile's order. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "write.h"

#define TOLD_MAX 24 /* lines of what was not carried, in the policy's own head */

struct item {
	const struct oci_call *call;
	const struct oci_alternative *alternative;
	enum policy_list list;
	bool written;
};

struct items {
	struct item *items; /* malloc'ed, in the profile's order */
	size_t count;
};

static int by_serial(const void *a, const void *b)
{
	size_t x = ((const struct item *)a)->alternative->serial;
	size_t y = ((const struct item *)b)->alternative->serial;

	return x < y ? -1 : x > y;
}

static enum policy_list list_of(enum policy_action action)
{
	return action == ACTION_ALLOW	? LIST_ALLOW
	       : action == ACTION_AUDIT ? LIST_AUDIT
					: LIST_DENY;
}

static int collect(const struct oci_calls *calls, struct items *items)
{
	size_t total = 0;

	for (size_t i = 0; i < calls->count; i++)
		total += calls->calls[i].n_some;
	items->items = calloc(total + 1, sizeof(*items->items));
	if (!items->items)
		return -ENOMEM;
	for (size_t i = 0; i < calls->count; i++) {
		const struct oci_call *call = &calls->calls[i];

		for (size_t j = 0; j < call->n_some; j++)
			items->items[items->count++] = (struct item){
				.call = call,
				.alternative = &call->some[j],
				.list = list_of(call->some[j].as.action),
			};
	}
	qsort(items->items, items->count, sizeof(*items->items), by_serial);
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_group(const struct oci_alternative *a, const struct oci_alternative *b)
{
	return a->as.action == b->as.action && a->as.error == b->as.error &&
	       a->as.quiet == b->as.quiet && same_text(a->comment, b->comment);
}

/* All calls that are decided without condition and in the same way, in one rule. */
static void write_group(struct writer *writer, struct items *items, size_t first)
{
	const struct item *head = &items->items[first];
	size_t count = 0;

	for (size_t i = first; i < items->count; i++) {
		struct item *item = &items->items[i];

		count += !item->alternative->n_conds && !item->written &&
			 same_group(head->alternative, item->alternative);
	}
	write_comment(writer, head->alternative->comment);
	write_group_start(writer, head->call->name, count, &head->alternative->as);
	for (size_t i = first; i < items->count; i++) {
		struct item *item = &items->items[i];

		if (item->alternative->n_conds || item->written ||
		    !same_group(head->alternative, item->alternative))
			continue;
		item->written = true;
		if (count > 1)
			write_list_item(writer, item->call->name);
	}
	write_group_end(writer, count, &head->alternative->as);
}

static bool single_value(const struct oci_alternative *alternative, unsigned arg)
{
	return alternative->n_conds == 1 && alternative->conds[0].op == OCI_EQ &&
	       alternative->conds[0].arg == arg;
}

/* A conditional rule; others that only ask the same argument for another value join it. */
static int write_conditional(struct writer *writer, struct items *items, size_t first)
{
	const struct item *head = &items->items[first];
	const struct oci_call *call = head->call;
	unsigned arg = head->alternative->conds[0].arg;
	uint64_t *values;
	size_t count = 0;

	write_comment(writer, head->alternative->comment);
	if (!single_value(head->alternative, arg)) {
		write_rule(writer, call, head->alternative);
		return 0;
	}
	values = calloc(call->n_some, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < call->n_some; i++)
		if (single_value(&call->some[i], arg) &&
		    same_group(head->alternative, &call->some[i]))
			values[count++] = call->some[i].conds[0].value;
	write_value_rule(writer, call, head->alternative, values, count);
	free(values);
	return 0;
}

/* Was this value written with an earlier rule of the same call? */
static bool joined(const struct item *item)
{
	const struct oci_alternative *this = item->alternative;
	unsigned arg = this->conds[0].arg;

	if (!single_value(this, arg))
		return false;
	for (size_t i = 0; i < item->call->n_some && &item->call->some[i] != this; i++)
		if (single_value(&item->call->some[i], arg) &&
		    same_group(this, &item->call->some[i]))
			return true;
	return false;
}

static int write_list(struct writer *writer, struct items *items, enum policy_list list,
		      const char *title)
{
	bool begun = false;
	int r = 0;

	for (size_t i = 0; i < items->count && r == 0; i++) {
		struct item *item = &items->items[i];

		if (item->list != list || item->written ||
		    (item->alternative->n_conds && joined(item)))
			continue;
		if (!begun)
			fprintf(writer->out, "  %s:\n", title);
		begun = true;
		if (!item->alternative->n_conds)
			write_group(writer, items, i);
		else
			r = write_conditional(writer, items, i);
	}
	return r;
}

/* For whom the profile was read. */
static int write_origin(struct writer *writer, const struct oci_options *options)
{
	CLEANUP(free_ptr) char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return -ENOMEM;
	fprintf(out, "Made by `bailiff import` from a seccomp profile, for kernel %u.%u and %s",
		options->kernel[0], options->kernel[1],
		options->caps ? "the capabilities" : "no capabilities");
	for (unsigned i = 0; i < NAMES_CAP_COUNT; i++)
		if (options->caps >> i & 1)
			fprintf(out, " %s", names_cap(i));
	putc('.', out);
	if (fclose(out) != 0)
		return -ENOMEM;
	write_prose(writer, "# ", "# ", text);
	return 0;
}

/* What was said of this import, so that who reads the policy alone knows it too. */
static void write_told(struct writer *writer, const struct oci_reader *reader)
{
	size_t count = diag_count(reader->diag), shown = 0;

	if (count > reader->first_told)
		fputs("#\n# What bailiff import said:\n", writer->out);
	for (size_t i = reader->first_told; i < count; i++) {
		if (shown++ == TOLD_MAX) {
			fprintf(writer->out, "# and %zu more\n", count - i);
			break;
		}
		write_prose(writer, "#   ", "#     ", diag_at(reader->diag, i)->text);
	}
}

static int write_head(struct writer *writer, const struct oci_reader *reader,
		      const struct oci_profile *profile)
{
	const struct oci_options *options = reader->options;
	const char *separator = "";
	int r = write_origin(writer, options);

	if (r < 0)
		return r;
	write_told(writer, reader);
	fprintf(writer->out, "version: 1\nname: ");
	write_policy_name(writer, options->policy_name, reader->file);
	if (options->description) {
		fputs("description: ", writer->out);
		write_quoted(writer, options->description);
	}
	fputs("architectures: [", writer->out);
	for (unsigned i = 0; i < ARCH_COUNT; i++) {
		if (!profile->archs[i])
			continue;
		fprintf(writer->out, "%s%s", separator, arch_name((enum arch)i));
		separator = ", ";
	}
	fputs("]\n\nsyscalls:\n  default: ", writer->out);
	write_default(writer, oci_carry(profile->deny));
	return 0;
}

int oci_yaml(const struct oci_reader *reader, const struct oci_profile *profile,
	     const struct oci_calls *calls, char **ret_yaml)
{
	CLEANUP(free_ptr) char *text = NULL;
	struct writer writer = {0};
	struct items items = {0};
	size_t length;
	int r = collect(calls, &items);

	writer.out = r == 0 ? open_memstream(&text, &length) : NULL;
	if (!writer.out) {
		free(items.items);
		return -ENOMEM;
	}
	r = write_head(&writer, reader, profile);
	if (r == 0)
		r = write_list(&writer, &items, LIST_ALLOW, "allow");
	if (r == 0)
		r = write_list(&writer, &items, LIST_AUDIT, "audit");
	if (r == 0)
		r = write_list(&writer, &items, LIST_DENY, "deny");
	free(items.items);
	if (fclose(writer.out) != 0)
		r = -ENOMEM;
	if (r == 0)
		*ret_yaml = STEAL(text);
	return r;
}
