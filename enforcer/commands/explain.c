/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define MAX_CALL_TEXT 4096

/* A call as a person writes it: "socket(AF_VSOCK, SOCK_STREAM, 0)", "ioctl(cmd=TIOCSTI)", "ptrace".
 */
struct question {
	char text[MAX_CALL_TEXT];
	enum arch arch;
	const struct name_call *call;
	uint32_t nr;
	uint64_t args[CALL_ARGS];
	unsigned given; /* bit per argument */
};

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int parse_atom(enum arch arch, const char *text, unsigned width, uint64_t *ret_value,
		      struct diag *diag)
{
	const char *near[1];
	bool negative = false;
	char *end;

	if (*text == '"' || strcmp(text, "NULL") == 0) {
		/* What a pointer points to makes no difference to a filter. */
		*ret_value = *text == '"' ? 0x1000 : 0;
		return 0;
	}
	if (isdigit((unsigned char)*text) || *text == '-') {
		errno = 0;
		*ret_value =
			*text == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
		if (errno == 0 && *end == '\0')
			return 0;
	} else if (names_constant(arch, text, ret_value, &negative) == 0) {
		if (negative && width == 64)
			*ret_value = (uint64_t)(int64_t)(int32_t)*ret_value;
		return 0;
	}
	if (names_nearest(NAMES_CONSTANTS, text, near, 1))
		diag_error(diag, NULL, "%s is no value; did you mean %s?", text, near[0]);
	else
		diag_error(diag, NULL,
			   "%s is no value; a number, a constant, several joined by |, or a "
			   "\"string\" would be right",
			   text);
	return -EINVAL;
}

static int parse_value(enum arch arch, char *text, unsigned width, uint64_t *ret_value,
		       struct diag *diag)
{
	uint64_t value = 0, part = 0;
	char *rest = text, *atom;
	int r;

	while ((atom = strsep(&rest, "|"))) {
		r = parse_atom(arch, trim(atom), width, &part, diag);
		if (r < 0)
			return r;
		value |= part;
	}
	*ret_value = value;
	return 0;
}

static int parse_argument(struct question *q, char *text, unsigned place, struct diag *diag)
{
	char *equals = *text == '"' ? NULL : strchr(text, '=');
	unsigned width;

	if (equals) {
		*equals = '\0';
		if (!q->call || names_arg(q->call, trim(text), &place) < 0) {
			diag_error(diag, NULL, "%s has no argument %s",
				   q->call ? q->call->name : "an unknown call", trim(text));
			return -EINVAL;
		}
		text = equals + 1;
	}
	if (place >= CALL_ARGS ||
	    (q->call && q->call->nargs >= 0 && place >= (unsigned)q->call->nargs)) {
		diag_error(diag, NULL, "%s takes %d arguments", q->call ? q->call->name : "a call",
			   q->call && q->call->nargs >= 0 ? q->call->nargs : CALL_ARGS);
		return -EINVAL;
	}
	if (q->given >> place & 1) {
		diag_error(diag, NULL, "argument %s is given twice; once is enough",
			   q->call && q->call->nargs > 0 ? q->call->args[place].name : text);
		return -EINVAL;
	}
	width = q->call && q->call->nargs > 0 ? q->call->args[place].width : 64;
	q->given |= 1u << place;
	return parse_value(q->arch, trim(text), width, &q->args[place], diag);
}

/* The ABI of a number is what a filter sees of it: 0x40000000 and up on x86_64 is x32. */
static int parse_number(struct question *q, const char *name, struct diag *diag)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(name, &end, 0);
	if (*end || errno != 0 || number > UINT32_MAX) {
		diag_error(diag, NULL, "%s is no call; a number from 0 to %u would be right", name,
			   UINT32_MAX);
		return -EINVAL;
	}
	q->nr = (uint32_t)number;
	(void)arch_of_call(arch_audit(q->arch), q->nr, &q->arch); /* each of ours has one */
	q->call = names_call_by_nr(q->arch, q->nr);
	return 0;
}

static int parse_name(struct question *q, const char *name, struct diag *diag)
{
	const char *near[3];
	size_t n;

	if (isdigit((unsigned char)*name))
		return parse_number(q, name, diag);
	q->call = names_call_by_name(q->arch, name);
	if (q->call) {
		q->nr = q->call->nr;
		return 0;
	}
	n = names_nearest(NAMES_CALLS, name, near, 3);
	diag_error(diag, NULL, "there is no call %s on %s%s%s%s%s%s%s", name, arch_name(q->arch),
		   n > 0 ? "; near to it are " : "", n > 0 ? near[0] : "", n > 1 ? ", " : "",
		   n > 1 ? near[1] : "", n > 2 ? ", " : "", n > 2 ? near[2] : "");
	return -EINVAL;
}

static int parse_question(const char *text, struct question *q, struct diag *diag)
{
	char *open, *close, *rest, *argument;
	unsigned place = 0;
	int r;

	if (strlen(text) >= sizeof(q->text)) {
		diag_error(diag, NULL, "the call is longer than %d bytes", MAX_CALL_TEXT);
		return -EINVAL;
	}
	snprintf(q->text, sizeof(q->text), "%s", text);
	open = strchr(q->text, '(');
	if (open) {
		close = strrchr(open, ')');
		if (!close || *trim(close + 1)) {
			diag_error(diag, NULL, "the call does not end in a parenthesis: %s", text);
			return -EINVAL;
		}
		*open++ = *close = '\0';
	}
	r = parse_name(q, trim(q->text), diag);
	if (r < 0 || !open || !*trim(open))
		return r;
	for (rest = open; r == 0 && (argument = strsep(&rest, ",")); place++)
		r = parse_argument(q, trim(argument), place, diag);
	return r;
}

/* Rules that look at an argument which was not given: then there is no one answer. */
static int check_given(const struct policy *policy, const struct question *q, struct diag *diag)
{
	const struct policy_call *call = policy_call(policy, q->arch, q->nr);
	unsigned missing = 0, i;
	uint32_t m, c;

	for (m = 0; call && m < call->n_matches; m++) {
		const struct policy_match *match = &policy->matches[call->first_match + m];

		for (c = 0; c < match->n_conds; c++)
			missing |= 1u << policy->conds[match->first_cond + c].arg;
	}
	missing &= ~q->given;
	for (i = 0; i < CALL_ARGS; i++)
		if (missing >> i & 1)
			diag_error(diag, NULL,
				   "the verdict depends on %s, which the call does not give; write "
				   "%s(%s=...)",
				   q->call && (int)i < q->call->nargs ? q->call->args[i].name
								      : "an argument",
				   q->text,
				   q->call && (int)i < q->call->nargs ? q->call->args[i].name
								      : "argN");
	return missing ? -EINVAL : 0;
}

static void print_verdict(const struct policy *policy, const struct policy_decision *d)
{
	const char *name = names_errno(d->error);

	switch (d->action) {
	case ACTION_ALLOW:
		fputs("allowed", stdout);
		break;
	case ACTION_AUDIT:
		fputs("allowed, and reported", stdout);
		break;
	case ACTION_ERRNO:
		if (name)
			printf("denied with %s", name);
		else
			printf("denied with errno %d", d->error);
		fputs(d->quiet ? ", not reported" : ", and reported", stdout);
		break;
	case ACTION_TRAP:
		fputs("denied with SIGSYS (trap)", stdout);
		break;
	case ACTION_KILL_THREAD:
		fputs("kills the thread", stdout);
		break;
	case ACTION_KILL:
		fputs("kills the process", stdout);
		break;
	}
	if (policy->audit && d->action > ACTION_AUDIT)
		fputs(" (mode: audit lets it through)", stdout);
	putchar('\n');
}

static void print_rule(const char *label, const struct policy *policy, uint32_t index)
{
	static const char *const lists[] = {[LIST_DEFAULT] = "default",
					    [LIST_ALLOW] = "allow",
					    [LIST_DENY] = "deny",
					    [LIST_AUDIT] = "audit",
					    [LIST_IMPLIED] = "implied"};
	const struct policy_rule *rule = &policy->rules[index];
	char text[1024];

	escape_text(rule->text ? rule->text : "", rule->text ? strlen(rule->text) : 0, text,
		    sizeof(text));
	printf("  %-11s %s:%u: %s %s: %s\n", label, rule->pos.file ? rule->pos.file : policy->path,
	       rule->pos.line, policy_class_name(rule->class), lists[rule->list], text);
	if (rule->why) {
		escape_text(rule->why, strlen(rule->why), text, sizeof(text));
		printf("  %-11s %s\n", "why", text);
	}
}

static void print_call(const struct question *q)
{
	char text[256];
	unsigned i, n = q->call && q->call->nargs > 0 ? (unsigned)q->call->nargs : 0;

	if (q->call)
		printf("%s(", q->call->name);
	else
		printf("call %u, which bailiff does not know (", q->nr);
	for (i = 0; i < n; i++) {
		names_decode(q->arch, q->call, i, q->args[i], text, sizeof(text));
		printf("%s%s=%s", i ? ", " : "", q->call->args[i].name,
		       q->given >> i & 1 ? text : "any");
	}
	printf(") on %s: ", arch_name(q->arch));
}

static int explain(const struct policy *policy, const struct question *q, struct diag *diag)
{
	struct policy_decision decision;
	uint32_t nearest;
	int r = check_given(policy, q, diag);

	if (r < 0)
		return r;
	decision = policy_decide(policy, q->arch, q->nr, q->args);
	print_call(q);
	print_verdict(policy, &decision);
	if (decision.rule == POLICY_NO_RULE)
		puts("  nothing in the policy governs it");
	else
		print_rule("decided by", policy, decision.rule);
	nearest = policy_nearest(policy, q->arch, q->nr, &decision);
	if (nearest != POLICY_NO_RULE)
		print_rule("nearest", policy, nearest);
	return 0;
}

static int run_explain(const struct command *self, const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = NULL;
	const char *arch = command_value(self, input, "arch");
	struct question q = {.arch = arch_native()};
	int r = diag_new(&diag);

	if (r < 0)
		return command_status(r);
	if (arch && arch_from_name(arch, &q.arch) < 0) {
		fprintf(stderr,
			"bailiff explain: error: there is no architecture %s; x86_64, i386, x32 or "
			"aarch64 would be right\n",
			arch);
		return EXIT_USAGE;
	}
	r = policy_read(input->argv[0], diag, &policy);
	if (r == 0)
		r = parse_question(input->argv[1], &q, diag);
	if (r == 0)
		r = explain(policy, &q, diag);
	diag_print(diag, stderr);
	return command_status(r);
}

const struct command command_explain = {
	.name = "explain",
	.operands = "POLICY CALL",
	.summary = "say the verdict on a call, and the rule that decides it",
	.complete = "policy",
	.min_operands = 2,
	.max_operands = 2,
	.options =
		{
			{'a', "arch", "ARCH", "as a call of this ABI (default: the native one)",
			 "x86_64 i386 x32 aarch64"},
		},
	.run = run_explain,
};
