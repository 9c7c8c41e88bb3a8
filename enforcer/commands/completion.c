/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "commands.h"

/* What bash should offer for an argument, as the body of a case branch. */
static void print_offer(const char *complete, FILE *out)
{
	if (!complete)
		fputs("return", out);
	else if (strcmp(complete, "file") == 0)
		fputs("COMPREPLY=($(compgen -f -- \"$cur\")); return", out);
	else if (strcmp(complete, "command") == 0)
		fputs("COMPREPLY=($(compgen -c -- \"$cur\")); return", out);
	else if (strcmp(complete, "policy") == 0)
		fputs("COMPREPLY=($(compgen -f -X '!*.@(yaml|bailiff)' -- \"$cur\") $(compgen -d "
		      "-- \"$cur\") $(compgen -W \"$policies\" -- \"$cur\")); return",
		      out);
	else
		fprintf(out, "COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return", complete);
}

static void print_command(const struct command *command, FILE *out)
{
	const struct command_option *o;
	size_t i;

	fprintf(out, "\t%s)\n\t\tcase \"$prev\" in\n", command->name);
	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++) {
		o = &command->options[i];
		if (!o->argument)
			continue;
		fprintf(out, "\t\t--%s", o->name);
		if (o->letter)
			fprintf(out, "|-%c", o->letter);
		fputs(") ", out);
		print_offer(o->complete, out);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac\n\t\tif [[ $cur == -* ]]; then\n\t\t\tCOMPREPLY=($(compgen -W '--help",
	      out);
	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++)
		fprintf(out, " --%s", command->options[i].name);
	fputs("' -- \"$cur\"))\n\t\t\treturn\n\t\tfi\n\t\t", out);
	print_offer(command->complete, out);
	fputs(" ;;\n", out);
}

void command_completion(FILE *out)
{
	const struct command *const *c;
	const struct policy_shipped *shipped;
	size_t i;

	fputs("# bash completion for bailiff, written by `bailiff --bash-completion`\n"
	      "_bailiff()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal policies='",
	      out);
	for (i = 0; (shipped = policy_shipped(i)); i++)
		fprintf(out, "%s%s", i ? " " : "", shipped->name);
	fputs("'\n\tshopt -s extglob\n\tCOMPREPLY=()\n\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tCOMPREPLY=($(compgen -W 'help --help --version",
	      out);
	for (c = command_table; *c; c++)
		fprintf(out, " %s", (*c)->name);
	fputs("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase \"${COMP_WORDS[1]}\" in\n", out);
	for (c = command_table; *c; c++)
		print_command(*c, out);
	fputs("\tesac\n}\ncomplete -o filenames -F _bailiff bailiff\n", out);
}
