/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "bailiff/image.h"
#include "commands.h"

#define HELP_INDEX 1000

size_t command_option_index(const struct command *command, const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++)
		if (strcmp(command->options[i].name, name) == 0)
			return i;
	assert(!"no such option in the command's table");
	return 0;
}

const char *command_value(const struct command *command, const struct command_input *input,
			  const char *name)
{
	return input->value[command_option_index(command, name)];
}

int command_output(const char *path, const void *bytes, size_t length, struct diag *diag)
{
	if (path && strcmp(path, "-") != 0)
		return image_replace_file(path, bytes, length, diag);
	if (fwrite(bytes, 1, length, stdout) != length || fflush(stdout) == EOF) {
		diag_system(diag, -errno, "write", "standard output", NULL);
		return -EIO;
	}
	return 0;
}

int command_status(int error)
{
	switch (error) {
	case 0:
		return EXIT_DONE;
	case -EINVAL:
	case -EBADMSG:
	case -E2BIG:
		return EXIT_NO;
	case -ENOSYS:
	case -EOPNOTSUPP:
	case -ESTALE:
		return EXIT_KERNEL;
	case -EPERM:
	case -EACCES:
		return EXIT_PERMISSION;
	default:
		return EXIT_SYSTEM;
	}
}

bool command_take_size(const char **at, uint64_t *ret_bytes)
{
	static const char units[] = "KMG";
	const char *end = *at, *unit;
	uint64_t bytes;

	if (!take_number(&end, 10, &bytes) || bytes >> 32)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		bytes <<= 10 * (unit - units + 1);
		end++;
	}
	*at = end;
	*ret_bytes = bytes;
	return true;
}

int command_status_loaded(int error)
{
	return error == -ENOENT ? EXIT_NO : command_status(error);
}

static void print_option(const struct command_option *option, FILE *out)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%s--%s%s%s", option->letter ? '-' : ' ',
		 option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
		 option->argument ? " " : "", option->argument ? option->argument : "");
	fprintf(out, "  %-26s %s\n", left, option->help);
}

void command_help(const struct command *command, FILE *out)
{
	size_t i;

	fprintf(out, "usage: bailiff %s%s%s%s\n\n%s.\n", command->name,
		command->options[0].name ? " [options]" : "", command->operands[0] ? " " : "",
		command->operands, command->summary);
	if (command->options[0].name)
		fputs("\noptions:\n", out);
	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++)
		print_option(&command->options[i], out);
	fprintf(out, "\nSee bailiff(1), and bailiff-policy(5) for the language.\n");
}

static void print_usage(FILE *out)
{
	const struct command *const *c;

	fputs("usage: bailiff COMMAND [options] ...\n\ncommands:\n", out);
	for (c = command_table; *c; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
	fputs("\n`bailiff COMMAND --help` says more of each; `bailiff --version` which bailiff "
	      "this is.\n",
	      out);
}

static const struct command *find_command(const char *name)
{
	const struct command *const *c;

	for (c = command_table; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

/* getopt's two lists, from the command's table. */
static void getopt_lists(const struct command *command, struct option *longs, char *letters)
{
	size_t i, n = 0;

	if (command->stops)
		letters[n++] = '+';
	letters[n++] = ':';
	letters[n++] = 'h';
	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++) {
		longs[i] = (struct option){
			.name = command->options[i].name,
			.has_arg = command->options[i].argument ? required_argument : no_argument,
			.val = HELP_INDEX + 1 + (int)i,
		};
		if (!command->options[i].letter)
			continue;
		letters[n++] = command->options[i].letter;
		if (command->options[i].argument)
			letters[n++] = ':';
	}
	longs[i] = (struct option){.name = "help", .val = HELP_INDEX};
	letters[n] = '\0';
}

static int option_of(const struct command *command, int found)
{
	size_t i;

	if (found > HELP_INDEX)
		return found - HELP_INDEX - 1;
	for (i = 0; i < COMMAND_MAX_OPTIONS && command->options[i].name; i++)
		if (command->options[i].letter == found)
			return (int)i;
	return -1;
}

/* The option as it was given, by what getopt says of it. */
static const char *given_option(const struct command *command, int found, char *text, size_t size)
{
	if (found > HELP_INDEX)
		snprintf(text, size, "--%s", command->options[found - HELP_INDEX - 1].name);
	else
		snprintf(text, size, "-%c", found);
	return text;
}

static void refuse_option(const struct command *command, int found, const char *word)
{
	char option[64];
	const char *wrong = "is no option of it";

	if (found == ':')
		wrong = "wants an argument";
	else if (optopt > HELP_INDEX)
		wrong = "takes no argument"; /* --stats=3 */
	/* A letter may stand among others, and then is not the word. */
	fprintf(stderr, "bailiff %s: error: %s %s; `bailiff %s --help` lists them\n", command->name,
		optopt && optopt != HELP_INDEX
			? given_option(command, optopt, option, sizeof(option))
			: word,
		wrong, command->name);
}

/* 0, or the exit status to end with; *ret_help when help was asked for. */
static int parse(const struct command *command, int argc, char **argv, struct command_input *input,
		 bool *ret_help)
{
	struct option longs[COMMAND_MAX_OPTIONS + 2] = {{0}};
	char letters[3 * COMMAND_MAX_OPTIONS + 4];
	char option[64];
	int found, i;

	getopt_lists(command, longs, letters);
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (found == 'h' || found == HELP_INDEX) {
			*ret_help = true;
			return 0;
		}
		if (found == '?' || found == ':') {
			refuse_option(command, found, argv[optind - 1]);
			return EXIT_USAGE;
		}
		i = option_of(command, found);
		if (i < 0 || input->value[i]) {
			fprintf(stderr, "bailiff %s: error: %s is given twice; once is enough\n",
				command->name,
				given_option(command, found, option, sizeof(option)));
			return EXIT_USAGE;
		}
		input->value[i] = optarg ? optarg : "";
	}
	input->argc = argc - optind;
	input->argv = argv + optind;
	if (input->argc < command->min_operands ||
	    (command->max_operands >= 0 && input->argc > command->max_operands)) {
		fprintf(stderr, "bailiff %s: error: it takes %s, and got %d operands\n",
			command->name, command->operands, input->argc);
		return EXIT_USAGE;
	}
	return 0;
}

static int general(const char *word)
{
	if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
		printf("bailiff %s\n", BAILIFF_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "--bash-completion") == 0) {
		command_completion(stdout);
		return EXIT_DONE;
	}
	fprintf(stderr, "bailiff: error: there is no command %s; `bailiff --help` lists them\n",
		word);
	return EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
	struct command_input input = {.argc = 0};
	const struct command *command;
	bool help = false;
	int status;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	command = find_command(argv[1]);
	if (!command && strcmp(argv[1], "help") == 0 && argc > 2) {
		command = find_command(argv[2]);
		help = command != NULL;
	}
	if (!command)
		return general(argv[1]);
	status = help ? 0 : parse(command, argc - 1, argv + 1, &input, &help);
	if (status)
		return status;
	if (help) {
		command_help(command, stdout);
		return EXIT_DONE;
	}
	return command->run(command, &input);
}

int command_dispatch(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	errno = EIO; /* what an earlier write failed with is not known */
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "bailiff: error: write standard output: %s\n", strerror(errno));
		return status == EXIT_DONE ? EXIT_SYSTEM : status;
	}
	return status;
}
