/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff probe: what the host plane can hold on this kernel, hook by hook. */
#include <errno.h>
#include <string.h>

#include "bailiff/probe.h"
#include "commands.h"

static int worst_of(const struct probe_fact *facts)
{
	int worst = 0;
	size_t i;

	for (i = 0; i < PROBE_FACTS; i++)
		if (facts[i].error && facts[i].error != -EAGAIN && worst != -ENOSYS)
			worst = facts[i].error;
	return worst;
}

static void print_facts(const struct probe_fact *facts)
{
	char found[400];
	size_t i;

	for (i = 0; i < PROBE_FACTS; i++) {
		escape_text(facts[i].found, strlen(facts[i].found), found, sizeof(found));
		printf("%-10s %-4s %s\n", facts[i].name,
		       !facts[i].error		   ? "ok"
		       : facts[i].error == -EAGAIN ? "-"
						   : "NO",
		       found);
		if (facts[i].next[0])
			printf("%-15s %s\n", "", facts[i].next);
	}
}

static void print_purposes(uint64_t serves)
{
	const char *between = "";
	unsigned bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(serves >> bit & 1) || !probe_purpose(bit))
			continue;
		printf("%s%s", between, probe_purpose(bit));
		between = ", ";
	}
}

static void print_hooks(const struct probe *probe)
{
	const struct probe_hook *hook;
	size_t i;

	printf("\n%-28s %-4s %s\n", "hook", "", "for");
	for (i = 0; (hook = probe_hook(i)); i++) {
		/* Of several for the same purpose, the one that is taken speaks. */
		if (!probe_takes(probe, i) && hook->group && !probe_is_missing(probe, i))
			continue;
		printf("%-28s %-4s ", hook->hook,
		       probe_takes(probe, i)	    ? "ok"
		       : probe_is_missing(probe, i) ? "NO"
						    : "-");
		print_purposes(hook->serves);
		fputc('\n', stdout);
		if (!probe_takes(probe, i))
			printf("%-33s %s: %s\n", "", probe_lacks(probe, i), hook->without);
	}
}

static void print_json_facts(const struct probe_fact *facts)
{
	size_t i;

	for (i = 0; i < PROBE_FACTS; i++) {
		printf("%s{\"name\":\"%s\",\"ok\":%s,\"found\":", i ? "," : "", facts[i].name,
		       !facts[i].error		   ? "true"
		       : facts[i].error == -EAGAIN ? "null"
						   : "false");
		command_json_text(facts[i].found, stdout);
		fputs(",\"next\":", stdout);
		command_json_text(facts[i].next[0] ? facts[i].next : NULL, stdout);
		fputc('}', stdout);
	}
}

static void print_json_hooks(const struct probe *probe)
{
	const struct probe_hook *hook;
	const char *between;
	unsigned bit;
	size_t i;

	for (i = 0; probe && (hook = probe_hook(i)); i++) {
		printf("%s{\"hook\":\"%s\",\"program\":\"%s\",\"taken\":%s,\"missing\":%s,\"for\":"
		       "[",
		       i ? "," : "", hook->hook, hook->program,
		       probe_takes(probe, i) ? "true" : "false",
		       probe_is_missing(probe, i) ? "true" : "false");
		between = "";
		for (bit = 0; bit < 64; bit++) {
			if (!(hook->serves >> bit & 1) || !probe_purpose(bit))
				continue;
			printf("%s\"%s\"", between, probe_purpose(bit));
			between = ",";
		}
		fputs("],\"lacks\":", stdout);
		command_json_text(probe_lacks(probe, i), stdout);
		fputs(",\"without\":", stdout);
		command_json_text(hook->without, stdout);
		fputc('}', stdout);
	}
}

static int run_probe(const struct command *self, const struct command_input *input)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	struct probe_fact facts[PROBE_FACTS];
	int worst;

	(void)probe_new(NULL, &probe); /* the facts say why not */
	probe_facts(facts);
	worst = worst_of(facts);
	if (command_value(self, input, "json")) {
		printf("{\"usable\":%s,\"facts\":[", worst ? "false" : "true");
		print_json_facts(facts);
		fputs("],\"hooks\":[", stdout);
		print_json_hooks(probe);
		fputs("]}\n", stdout);
		return command_status(worst);
	}
	print_facts(facts);
	if (probe)
		print_hooks(probe);
	printf("\n%s\n", worst ? "`bailiff load` can't work here; `bailiff run` can."
			       : "`bailiff load` can work here.");
	return command_status(worst);
}

const struct command command_probe = {
	.name = "probe",
	.operands = "",
	.summary = "say what this kernel can hold for loaded policies, hook by hook",
	.min_operands = 0,
	.max_operands = 0,
	.options =
		{
			{0, "json", NULL, "print one JSON object", NULL},
		},
	.run = run_probe,
};
