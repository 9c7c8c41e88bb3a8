/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff probe: what can be held on this kernel, by the host plane hook by hook, by `run` word by word. */
#include <errno.h>
#include <string.h>

#include "bailiff/launch.h"
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

static void print_fact(const struct probe_fact *fact)
{
	char found[400];

	escape_text(fact->found, strlen(fact->found), found, sizeof(found));
	printf("%-10s %-4s %s\n", fact->name,
	       !fact->error		? "ok"
	       : fact->error == -EAGAIN ? "-"
					: "NO",
	       found);
	if (fact->next[0])
		printf("%-15s %s\n", "", fact->next);
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

static void print_json_fact(const struct probe_fact *fact)
{
	printf("{\"name\":\"%s\",\"ok\":%s,\"found\":", fact->name,
	       !fact->error		? "true"
	       : fact->error == -EAGAIN ? "null"
					: "false");
	command_json_text(fact->found, stdout);
	fputs(",\"next\":", stdout);
	command_json_text(fact->next[0] ? fact->next : NULL, stdout);
	fputc('}', stdout);
}

/* What `run` and its reports take. */
struct run_facts {
	struct probe_run run;
	struct probe_fact reports; /* of what Landlock denies */
};

static void find_run_facts(struct run_facts *facts)
{
	char why[LAUNCH_WHY];
	int r;

	probe_run(&facts->run);
	facts->reports =
		(struct probe_fact){.name = "reports", .found = "denials of Landlock, too"};
	r = launch_hears_landlock(facts->run.abi, why);
	if (r == 0)
		return;
	facts->reports.error = r == -EPERM || r == -EACCES ? -EPERM : -ENOSYS;
	snprintf(facts->reports.found, sizeof(facts->reports.found), "no denials of Landlock: %s",
		 why);
}

static const struct probe_fact *run_fact(const struct run_facts *facts, size_t i)
{
	const struct probe_fact *const all[] = {&facts->run.landlock, &facts->run.mdwe,
						&facts->reports};

	return i < ARRAY_LEN(all) ? all[i] : NULL;
}

/* What holds rules of these words: "Landlock ABI 3 (Linux 6.2)". */
static void spell_holder(const struct probe_rules *rules, char *out, size_t size)
{
	const char *kernel = landlock_kernel(rules->abi);

	switch (rules->by) {
	case PROBE_BY_LANDLOCK:
		snprintf(out, size, "Landlock ABI %u%s%s%s", rules->abi, kernel ? " (Linux " : "",
			 kernel ? kernel : "", kernel ? ")" : "");
		break;
	case PROBE_BY_MDWE:
		snprintf(out, size, "PR_SET_MDWE (Linux 6.3)");
		break;
	default:
		snprintf(out, size, "%s",
			 strcmp(rules->class, "capabilities") == 0 ? "capability sets" : "seccomp");
		break;
	}
}

static void print_run(const struct run_facts *facts)
{
	const struct probe_rules *rules;
	char holder[64];
	size_t i;

	printf("\n%-13s %-46s %-4s %s\n", "under run", "rules", "", "held by");
	for (i = 0; (rules = probe_rules(i)); i++) {
		spell_holder(rules, holder, sizeof(holder));
		printf("%-13s %-46s %-4s %s\n", rules->class, rules->rules,
		       probe_holds(&facts->run, rules) ? "ok" : "NO", holder);
	}
	fputc('\n', stdout);
	for (i = 0; run_fact(facts, i); i++)
		print_fact(run_fact(facts, i));
}

static void print_json_run(const struct run_facts *facts)
{
	const struct probe_rules *rules;
	char holder[64];
	size_t i;

	printf("{\"abi\":%u,\"facts\":[", facts->run.abi);
	for (i = 0; run_fact(facts, i); i++) {
		fputs(i ? "," : "", stdout);
		print_json_fact(run_fact(facts, i));
	}
	fputs("],\"rules\":[", stdout);
	for (i = 0; (rules = probe_rules(i)); i++) {
		spell_holder(rules, holder, sizeof(holder));
		printf("%s{\"class\":", i ? "," : "");
		command_json_text(rules->class[0] == '-' ? NULL : rules->class, stdout);
		printf(",\"rules\":\"%s\",\"held\":%s,\"by\":\"%s\",\"abi\":%u}", rules->rules,
		       probe_holds(&facts->run, rules) ? "true" : "false", holder, rules->abi);
	}
	fputs("]}", stdout);
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

static void print_json(const struct probe_fact *facts, const struct probe *probe,
		       const struct run_facts *run, bool usable)
{
	size_t i;

	printf("{\"usable\":%s,\"facts\":[", usable ? "true" : "false");
	for (i = 0; i < PROBE_FACTS; i++) {
		fputs(i ? "," : "", stdout);
		print_json_fact(&facts[i]);
	}
	fputs("],\"hooks\":[", stdout);
	print_json_hooks(probe);
	fputs("],\"run\":", stdout);
	print_json_run(run);
	fputs("}\n", stdout);
}

static int run_probe(const struct command *self, const struct command_input *input)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	struct probe_fact facts[PROBE_FACTS];
	struct run_facts run;
	int worst;
	size_t i;

	(void)probe_new(NULL, &probe); /* the facts say why not */
	probe_facts(facts);
	find_run_facts(&run);
	worst = worst_of(facts);
	if (command_value(self, input, "json")) {
		print_json(facts, probe, &run, !worst);
		return command_status(worst);
	}
	for (i = 0; i < PROBE_FACTS; i++)
		print_fact(&facts[i]);
	if (probe)
		print_hooks(probe);
	print_run(&run);
	printf("\n%s\n", worst ? "`bailiff load` can't work here; `bailiff run` can."
			       : "`bailiff load` can work here.");
	return command_status(worst);
}

const struct command command_probe = {
	.name = "probe",
	.operands = "",
	.summary = "say what this kernel can hold, for loaded policies and under run",
	.min_operands = 0,
	.max_operands = 0,
	.options =
		{
			{0, "json", NULL, "print one JSON object", NULL},
		},
	.run = run_probe,
};
