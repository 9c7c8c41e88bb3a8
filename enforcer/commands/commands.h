/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands: what a person types. The table in table.c is the only list of commands: dispatch,
 * option parsing, help, completion and the man page's synopsis come from it. Only commands print,
 * only main exits.
 */
#ifndef BAILIFF_COMMANDS_H
#define BAILIFF_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bailiff/diag.h"
#include "bailiff/filter.h"
#include "bailiff/landlock.h"
#include "bailiff/policy.h"

/* Exit statuses of every command; `run` has its own beside them. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NO = 1, /* the policy is wrong or not loaded, a proof failed */
	EXIT_USAGE = 2,
	EXIT_KERNEL = 3, /* this kernel lacks what it takes */
	EXIT_PERMISSION = 4,
	EXIT_SYSTEM = 5, /* disk, memory, I/O */
	EXIT_RUN_FAILED = 125,
	EXIT_RUN_CANNOT = 126,
	EXIT_RUN_NOT_FOUND = 127,
};

#define COMMAND_MAX_OPTIONS 24

struct command_option {
	char letter;	      /* 0: long form only */
	const char *name;     /* without dashes */
	const char *argument; /* "FILE"; NULL: a flag */
	const char *help;
	const char *complete; /* for bash: "file", "policy", or words separated by spaces; NULL:
				 nothing */
};

/* What the user gave, by the index of the option in the command's table. */
struct command_input {
	const char *value[COMMAND_MAX_OPTIONS]; /* the argument, or "" for a flag that was given;
						   NULL: absent */
	int argc;				/* operands */
	char **argv;				/* NULL-terminated */
};

struct command {
	const char *name;
	const char *operands; /* "POLICY CALL", "[--] COMMAND [ARG...]" */
	const char *summary;  /* one clause */
	const char *complete; /* of operands: as command_option.complete */
	bool stops; /* options end at the first operand: the rest is somebody else's command line */
	int min_operands, max_operands;			    /* max -1: any number */
	struct command_option options[COMMAND_MAX_OPTIONS]; /* ends at name == NULL */
	int (*run)(const struct command *self,
		   const struct command_input *input); /* returns an exit status */
};

extern const struct command command_run, command_check, command_compile, command_explain,
	command_import, command_probe, command_load, command_unload, command_mode, command_confirm,
	command_loaded, command_watch, command_guard, command_report, command_store;
extern const struct command *const command_table[]; /* NULL-terminated */

/* The option's index in the command's table, for command_input.value. Asserts that there is one. */
size_t command_option_index(const struct command *command, const char *name);
/* NULL when the option was not given. */
const char *command_value(const struct command *command, const struct command_input *input,
			  const char *name);

/* Why a rule of capabilities that denies goes with no audit mode. */
extern const char command_dropped_unaudited[];
/* Why `run` can't enforce a rule; NULL: it can, or there is nothing to enforce. */
const char *command_unenforced_reason(const struct policy *policy, uint32_t rule);
/* Says it of one rule: an error, or a warning where the user goes ahead without. */
void command_tell_unenforced(const struct policy_rule *rule, const char *reason, bool partial,
			     struct diag *diag);
/* Lists each such rule, as an error, or as a warning where the user goes ahead without. Returns how
 * many. */
size_t command_unenforced(const struct policy *policy, bool partial, struct diag *diag);

/* What Landlock of this version can hold of a policy, with links as they lead on this machine; `audit`: in
 * audit mode; `show`: links are notes in diag. */
int command_landlock(const struct policy *policy, unsigned abi, bool audit, bool show,
		     struct diag *diag, struct landlock **ret_landlock);
/* Says of each rule that `run` can't hold with this Landlock why, as an error. Returns how many. */
size_t command_lacks(const struct policy *policy, const struct landlock *landlock,
		     struct diag *diag);

/* --- confined.c: what `run` holds beside its filter --- */
/* What Landlock is to hold on this kernel; NULL in *ret_landlock: nothing. */
int command_confine(const struct policy *policy, bool audit, struct diag *diag,
		    struct landlock **ret_landlock);
/* The filter that an old Landlock needs beside it; untouched where it needs none. */
int command_no_truncation(const struct policy *governing, const struct landlock *landlock,
			  struct diag *diag, struct filter **ret_filter);

/* Parses, checks and runs. Prints usage errors and --help itself. */
int command_dispatch(int argc, char **argv);
void command_help(const struct command *command, FILE *out);
void command_completion(FILE *out); /* a bash completion script */

/* --- follow.c: what comes into a store, told as it comes --- */
struct event;
struct follow;
struct follow_tell {
	void (*event)(void *context, const struct event *event); /* with how many there are more */
	void (*lost)(void *context, const char *kind, uint64_t count);
	void *context;
};
/* `path` NULL: the default store; `policy` NULL: all. Both are lent until follow_free(). */
int follow_new(const char *path, const char *policy, struct follow **ret_follow);
void follow_free(struct follow *follow);
/* Tells what has come since the last look; the first one only looks. A store that is not there yet is
 * waited for. */
int follow_look(struct follow *follow, const struct follow_tell *tell, struct diag *diag);

/* --- screen.c: lines on a terminal, and repeats counted in them --- */
struct screen;
typedef void screen_write(void *context, const char *text, size_t length);
int screen_new(int fd, struct screen **ret_screen);
void screen_free(struct screen *screen);
/* A line as event_text() or event_text_lost() writes it, kept until it is drawn. -ENOSPC: draw first. */
int screen_put(struct screen *screen, const char *line, size_t length);
/* What brings the terminal up to date. */
void screen_draw(struct screen *screen, screen_write *write, void *context);

/* "SIZE" or "SIZE,KEEP", SIZE with K, M or G. */
struct sink_rotation;
bool command_rotation(const char *text, struct sink_rotation *ret_rotation);

/* A number of bytes, with K, M or G; as take_number() moves *at. */
bool command_take_size(const char **at, uint64_t *ret_bytes);

/* A text in quotes, or null. */
void command_json_text(const char *text, FILE *out);

/* To this file, whole or not at all, or, for NULL and "-", to standard output. 0 or a negative errno, then told. */
int command_output(const char *path, const void *bytes, size_t length, struct diag *diag);

/* Maps a negative errno of a stage to the exit status above: -EINVAL, -EBADMSG, -E2BIG: 1; -ENOSYS,
 * -EOPNOTSUPP, -ESTALE: 3; -EPERM, -EACCES: 4; else 5. */
int command_status(int error);
/* The same of what is loaded, where -ENOENT is no missing file: nothing is loaded, which is 1. */
int command_status_loaded(int error);

#endif
