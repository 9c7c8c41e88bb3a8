/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Landlock refused, told: the record says which right was missing and where; the policy says which of
 * its rules that comes from. The kernel has decided long ago.
 */
#include <errno.h>
#include <string.h>

#include "audit.h"
#include "room.h"

/* Of the others a directory is told, in which something was to be done with a name. */
#define OF_PLACES   (LANDLOCK_OF_FILES | LANDLOCK_READ_DIR)
#define ANY_NAME    "/\x7f"		/* such as no policy speaks of by itself */
#define OBJECT_TEXT (4 * PATH_MAX + 64) /* each byte of an abstract name may be \\xNN */

struct word {
	enum policy_class class; /* where no rule says; 0: bailiff's own */
	const char *operation;
	int error; /* where the record does not say */
};

static const struct word of_files[LANDLOCK_FS_BITS] = {
	[0] = {CLASS_EXEC, "exec", EACCES},	   /* execute */
	[1] = {CLASS_FILES, "write", EACCES},	   /* write_file */
	[2] = {CLASS_FILES, "read", EACCES},	   /* read_file */
	[3] = {CLASS_FILES, "read", EACCES},	   /* read_dir */
	[4] = {CLASS_FILES, "delete", EACCES},	   /* remove_dir */
	[5] = {CLASS_FILES, "delete", EACCES},	   /* remove_file */
	[6] = {CLASS_FILES, "mknod", EACCES},	   /* make_char */
	[7] = {CLASS_FILES, "create", EACCES},	   /* make_dir */
	[8] = {CLASS_FILES, "create", EACCES},	   /* make_reg */
	[9] = {CLASS_FILES, "create", EACCES},	   /* make_sock */
	[10] = {CLASS_FILES, "mknod", EACCES},	   /* make_fifo */
	[11] = {CLASS_FILES, "mknod", EACCES},	   /* make_block */
	[12] = {CLASS_FILES, "create", EACCES},	   /* make_sym */
	[13] = {CLASS_FILES, "rename", EXDEV},	   /* refer */
	[14] = {CLASS_FILES, "write", EACCES},	   /* truncate */
	[15] = {CLASS_FILES, "read", EACCES},	   /* ioctl_dev */
	[16] = {CLASS_NETWORK, "connect", EACCES}, /* resolve_unix */
};
static const struct {
	struct word word;
	const char *protocol;
} of_network[LANDLOCK_NET_BITS] = {
	[0] = {{CLASS_NETWORK, "bind", EACCES}, "tcp"},
	[1] = {{CLASS_NETWORK, "connect", EACCES}, "tcp"},
	[2] = {{CLASS_NETWORK, "bind", EACCES}, "udp"},
	[3] = {{CLASS_NETWORK, "connect", EACCES}, "udp"},
};
static const struct word of_others[] = {
	[BLOCKER_UNKNOWN] = {0, "unknown", EACCES},
	[BLOCKER_ABSTRACT_UNIX] = {CLASS_NETWORK, "connect", EPERM},
	[BLOCKER_SIGNAL] = {0, "signal", EPERM},
	[BLOCKER_PTRACE] = {0, "trace", EPERM},
	[BLOCKER_TOPOLOGY] = {0, "mount", EPERM},
};

/* What the record is judged to be about. */
struct judgement {
	struct word word;
	unsigned bit;  /* of the rights */
	uint32_t rule; /* POLICY_NO_RULE: none is known */
	bool aside;    /* the rule denies something else, for whose sake this is refused too */
};

/* Does the policy deny it there? Of rights that are about the names in a directory: for a name like any. */
static bool denied_there(const struct landlock *landlock, unsigned bit, const char *path,
			 uint32_t *ret_rule)
{
	char name[PATH_MAX + sizeof(ANY_NAME)];

	if (!(OF_PLACES & 1ull << bit)) {
		snprintf(name, sizeof(name), "%s%s", path[1] ? path : "", ANY_NAME);
		path = name;
	}
	return !landlock_allows(landlock, bit, path, ret_rule) && *ret_rule != POLICY_NO_RULE;
}

/* The right that the denial is told by: the first that the policy itself denies there, else the first that
 * is refused for the sake of something else, else the first. */
static void judge_file(const struct landlock *landlock, const struct audit_record *denial,
		       struct judgement *j)
{
	const char *path = denial->object;

	j->bit = (unsigned)__builtin_ctzll(denial->rights);
	if (!landlock || denial->partial || path[0] != '/')
		return;
	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		if (!(denial->rights & 1ull << bit) || !denied_there(landlock, bit, path, &j->rule))
			continue;
		j->bit = bit;
		return;
	}
	j->aside = true;
	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		if (!(denial->rights & 1ull << bit))
			continue;
		j->rule = landlock_blame(landlock, bit, path);
		if (j->rule == POLICY_NO_RULE)
			continue;
		j->bit = bit;
		return;
	}
}

static void judge_port(const struct landlock *landlock, const struct audit_record *denial,
		       struct judgement *j)
{
	j->bit = (unsigned)__builtin_ctzll(denial->rights);
	if (landlock)
		j->rule = landlock_blame_port(landlock, j->bit, denial->port);
}

/* Bytes of a name with NULs in it, these as every byte that is not UTF-8 is told. */
static void abstract_text(const struct audit_record *denial, char *out)
{
	out = stpcpy(out, "unix:@");
	for (size_t i = 0; i < denial->object_length; i++) {
		if (denial->object[i])
			*out++ = denial->object[i];
		else
			out = stpcpy(out, "\\x00");
	}
	*out = '\0';
}

static void address_text(const struct audit_record *denial, const char *protocol, char *out)
{
	bool six = strchr(denial->address, ':') != NULL;

	/* The kernel leaves out an address that is all zeros, of either family. */
	sprintf(out, "%s%s%s:%u/%s", six ? "[" : "", denial->address[0] ? denial->address : "*",
		six ? "]" : "", denial->port, protocol);
}

/* Whom a signal was for. False: nobody is known. */
static bool other_text(const struct audit_record *denial, char *out)
{
	if (!denial->other)
		return false;
	sprintf(out, denial->other_comm[0] ? "%d (%s)" : "%d", denial->other, denial->other_comm);
	return true;
}

/* What it was about; false: not known. */
static bool object_text(const struct audit_record *denial, unsigned bit, char *out)
{
	bool within = denial->blocker == BLOCKER_FS && !(OF_PLACES & 1ull << bit);

	switch (denial->blocker) {
	case BLOCKER_NET:
		address_text(denial, of_network[bit].protocol, out);
		return true;
	case BLOCKER_ABSTRACT_UNIX:
		abstract_text(denial, out);
		return true;
	case BLOCKER_SIGNAL:
	case BLOCKER_PTRACE:
		return other_text(denial, out);
	default:
		break;
	}
	if (!denial->object[0])
		return false;
	if (denial->blocker == BLOCKER_FS && 1ull << bit == LANDLOCK_RESOLVE_UNIX)
		out = stpcpy(out, "unix:");
	out = stpcpy(out, denial->object);
	/* The directory in which it was to be done: of the name there nothing is told. */
	if (within && out[-1] != '/')
		stpcpy(out, "/");
	return true;
}

static struct judgement judge(const struct landlock *landlock, const struct audit_record *denial)
{
	struct judgement j = {.rule = POLICY_NO_RULE};

	switch (denial->blocker) {
	case BLOCKER_FS:
		judge_file(landlock, denial, &j);
		j.word = of_files[j.bit];
		break;
	case BLOCKER_NET:
		judge_port(landlock, denial, &j);
		j.word = of_network[j.bit].word;
		break;
	case BLOCKER_ABSTRACT_UNIX:
		if (landlock)
			j.rule = landlock_blame_abstract(landlock);
		j.word = of_others[denial->blocker];
		break;
	default:
		j.word = of_others[denial->blocker];
	}
	return j;
}

/* Speed matters, strength does not: objects are compared, and of exes only a program's own collide. */
static uint64_t mix(const char *text)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	return h;
}

/* Two denials are of one kind if nothing that is told of them differs. Records of system calls have
 * kinds of their own. */
static void set_kind(struct event_kind *kind, const struct event *event, uint32_t rule,
		     const struct audit_record *task)
{
	memset(kind, 0, sizeof(*kind));
	kind->tid = task ? task->pid : 0;
	kind->audit_arch = UINT32_MAX;
	kind->nr = (uint32_t)event->class;
	kind->rule = rule;
	kind->verdict = event->verdict;
	kind->site = mix(event->operation);
	kind->args[0] = (uint64_t)event->error;
	kind->args[1] = event->object ? mix(event->object) : 0;
	kind->args[2] = task ? mix(task->exe) : 0;
	kind->args[3] = task ? (uint64_t)task->uid : 0;
}

static void fill(const struct teller *teller, const struct judgement *j,
		 const struct audit_record *task, struct event *event)
{
	const struct policy_rule *by = NULL;

	if (j->rule < teller->policy->n_rules)
		by = &teller->policy->rules[j->rule];
	event->policy = teller->policy->name;
	event->class = by ? by->class : j->word.class;
	event->rule_file = by ? by->pos.file : NULL;
	event->rule_line = by ? by->pos.line : 0;
	event->why = by ? by->why : NULL;
	event->verdict = VERDICT_DENIED;
	event->error = task && task->error ? task->error : j->word.error;
	event->plane = "landlock";
	event->operation = j->word.operation;
	event->host = teller->host[0] ? teller->host : NULL;
	event->count = 1;
	/* The same right serves two classes. */
	if (by && by->class == CLASS_FILES && j->word.class == CLASS_EXEC)
		event->operation = "execute";
	if (by && by->class == CLASS_NETWORK && strcmp(j->word.operation, "create") == 0)
		event->operation = "bind";
}

void teller_refused(void *context, const struct audit_record *denial,
		    const struct audit_record *task)
{
	static char object[OBJECT_TEXT];
	struct teller *teller = context;
	struct event event = {.object = NULL};
	struct event_process who = {.pid = 0};
	struct event_kind kind;
	struct judgement j = judge(teller->landlock, denial);
	int64_t now = now_ns();

	/* What is refused aside of what the rule says was not asked to be kept quiet. */
	if (j.rule < teller->policy->n_rules && teller->policy->rules[j.rule].quiet && !j.aside)
		return;
	fill(teller, &j, task, &event);
	if (object_text(denial, j.bit, object))
		event.object = object;
	event.time = (struct timespec){denial->time_ns / 1000000000, denial->time_ns % 1000000000};
	summary_add(teller->summary, &event, 1);
	set_kind(&kind, &event, j.rule, task);
	if (event_fold_repeat_of(teller->fold, &kind, event.object, now))
		return;
	if (task) {
		who = (struct event_process){.pid = task->pid,
					     .uid = task->uid,
					     .gid = task->gid,
					     .exe = task->exe[0] ? task->exe : NULL,
					     .comm = task->comm[0] ? task->comm : NULL};
		event.process = processes_told(teller->processes, &who, denial->time_ns);
	}
	teller_tell(teller, &event);
	/* Not opened for lack of memory: the next is told in full. */
	(void)event_fold_open(teller->fold, &kind, &event, now);
}
