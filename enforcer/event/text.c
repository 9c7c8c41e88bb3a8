/* SPDX-License-Identifier: Apache-2.0 */
/* The readable form: one line for a person at a terminal. */
#include "line.h"

static void text_call(const struct event *event, struct event_line *line)
{
	const struct name_call *call = event_call_name(event);
	char text[EVENT_ARG_TEXT];

	if (call)
		line_string(line, call->name);
	else
		line_printf(line, "call number %d", (int)event->call.nr);
	if (event->call.foreign)
		line_printf(line, " of architecture 0x%x", event->call.audit_arch);
	else if (event->call.arch != arch_native())
		line_printf(line, " of %s", arch_name(event->call.arch));
	if (!call || call->nargs < 0)
		return;
	line_string(line, "(");
	for (unsigned i = 0; i < (unsigned)call->nargs && i < CALL_ARGS; i++) {
		event_arg(event->call.arch, call, i, event->call.args[i], text, sizeof(text));
		line_printf(line, "%s%s=", i ? ", " : "", call->args[i].name);
		line_string(line, text);
	}
	line_string(line, ")");
}

static void text_process(const struct event_process *process, struct event_line *line)
{
	if (!process)
		return;
	line_string(line, " in ");
	if (process->exe || process->comm)
		line_safe(line, process->exe ? process->exe : process->comm);
	else
		line_string(line, "?");
	if (process->tid && process->pid && process->tid != process->pid)
		line_printf(line, "[%d/%d]", process->pid, process->tid);
	else
		line_printf(line, "[%d]", process->pid ? process->pid : process->tid);
}

static void text_rule(struct event_line *line, const char *file, unsigned number)
{
	line_safe(line, file);
	if (number)
		line_printf(line, ":%u", number);
}

int event_text(const struct event *event, struct event_line *line)
{
	static const char *const verbs[] = {
		[VERDICT_DENIED] = "denied",
		[VERDICT_KILLED] = "killed",
		[VERDICT_WOULD_DENY] = "would deny",
		[VERDICT_AUDITED] = "audited",
	};

	line_start(line);
	line_printf(line, "bailiff: %s ", verbs[event->verdict]);
	if (event->has_call)
		text_call(event, line);
	else
		line_safe(line, event->operation ? event->operation : "for a forbidden call");
	if (event->object) {
		line_string(line, " ");
		line_safe(line, event->object);
	}
	if (event->error && names_errno(event->error))
		line_printf(line, " = %s", names_errno(event->error));
	else if (event->error)
		line_printf(line, " = errno %d", event->error);
	if (event->rule_file) {
		line_string(line, " by ");
		text_rule(line, event->rule_file, event->rule_line);
	}
	if (event->why) {
		line_string(line, " (");
		line_safe(line, event->why);
		line_string(line, ")");
	}
	text_process(event->process, line);
	if (event->count > 1)
		line_printf(line, ", %llu times", (unsigned long long)event->count);
	return line_end(line);
}

int event_text_lost(const char *kind, uint64_t count, struct event_line *line)
{
	line_start(line);
	line_printf(line, "bailiff: %llu violation%s missing from this report (%s)",
		    (unsigned long long)count, count == 1 ? " is" : "s are", kind);
	return line_end(line);
}

int event_text_error(const char *why, struct event_line *line)
{
	line_start(line);
	line_string(line, "bailiff: ");
	line_safe(line, why);
	return line_end(line);
}

int event_text_partial(const struct event_partial *partial, struct event_line *line)
{
	line_start(line);
	line_string(line, "bailiff: not enforced: ");
	if (partial->rule_file) {
		text_rule(line, partial->rule_file, partial->rule_line);
		line_string(line, ": ");
	}
	line_printf(line, "%s: ", partial->class);
	line_safe(line, partial->reason);
	return line_end(line);
}
