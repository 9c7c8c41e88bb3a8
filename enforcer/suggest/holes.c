/* SPDX-License-Identifier: Apache-2.0 */
/* Known holes that a change opens. What a policy leaves open beside others, its review knows. */
#include <fnmatch.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static const struct {
	const char *call, *says;
} calls[] = {
	{"clone3", "its flags lie in memory, where a filter can't see them: every namespace can be "
		   "made; denied with ENOSYS, libc falls back to clone"},
	{"io_uring_setup",
	 "by its ring a program opens files and sockets without calls that a filter "
	 "sees"},
	{"io_uring_enter",
	 "by its ring a program opens files and sockets without calls that a filter "
	 "sees"},
	{"io_uring_register", "by its ring a program opens files and sockets without calls that a "
			      "filter sees"},
	{"userfaultfd", "it stops the kernel in the middle of a copy, which many exploits need"},
	{"open_by_handle_at", "it opens files by number, past all directories above them"},
	{"memfd_create",
	 "a program can be run from memory, without a file whose path a rule knows"},
	{"seccomp", "a program can put on filters of its own, with a listener that answers for it"},
	{"chroot", "with CAP_SYS_CHROOT it leaves the directory that it was shut in"},
	{"add_key", "keys are shared with what else runs as this user"},
	{"vmsplice", "pages of a program become those of a pipe; old kernels let them be written"},
};

static const struct {
	const char *pattern, *says;
} paths[] = {
	{"/proc/*/mem", "the memory of a process: who writes it needs no ptrace"},
	{"/proc/*/root*", "the file system as another process sees it, past path rules"},
	{"/proc/*/fd/*", "files that a process has open, whatever their path"},
	{"/proc/sys/*", "a setting of the kernel; some name programs that it starts as root"},
	{"/proc/sysrq-trigger", "it reboots, and kills, the whole machine"},
	{"/proc/kcore", "the memory of the kernel"},
	{"/dev/mem", "the memory of the machine"},
	{"/dev/kmsg", "the log of the kernel"},
	{"/sys/fs/cgroup/*",
	 "a task that moves between groups, or a release_agent that runs as root"},
	{"/sys/kernel/*", "a setting of the kernel"},
	{"/etc/shadow", "the passwords of all users"},
	{"/etc/ld.so.preload", "a library that every program loads"},
	{"*/docker.sock", "who talks to it is root on the host"},
	{"*/containerd.sock", "who talks to it is root on the host"},
	{"*/crio.sock", "who talks to it is root on the host"},
	{"*/podman.sock", "who talks to it is that user on the host, or root"},
	{"*/dbus/system_bus_socket", "services that run as root listen there"},
	{"*/systemd/private", "it is the manager of all services"},
};

static const struct {
	unsigned cap;
	const char *says;
} caps[] = {
	{CAP_SYS_ADMIN, "it is nearly all of root: mounts, namespaces, and much else"},
	{CAP_SYS_PTRACE, "it reaches into other processes, and a supervisor's"},
	{CAP_SYS_MODULE, "it puts code into the kernel"},
	{CAP_SYS_RAWIO, "it writes to devices and memory below the kernel"},
	{CAP_BPF, "it puts programs into the kernel"},
	{CAP_DAC_OVERRIDE, "no permission of a file holds any more"},
	{CAP_DAC_READ_SEARCH, "it reads every file, and opens them by number"},
	{CAP_SETFCAP, "it gives capabilities to files, and so to programs"},
	{CAP_MKNOD, "it makes devices, and so reaches the disks"},
	{CAP_NET_ADMIN, "it changes addresses, routes and firewalls"},
	{CAP_SYS_CHROOT, "it leaves a directory that it was shut in"},
};

/* Which flags of a call make it worse than itself. */
static const struct {
	const char *call, *arg, *flags, *says;
} flags[] = {
	{"clone", "clone_flags", "CLONE_NEWUSER",
	 "a new user namespace hands all capabilities back within it"},
	{"unshare", "unshare_flags", "CLONE_NEWUSER",
	 "a new user namespace hands all capabilities back within it"},
	{"setns", "flags", "CLONE_NEWUSER",
	 "another user namespace hands all capabilities back within it"},
	{"personality", "persona", "READ_IMPLIES_EXEC",
	 "all memory that can be read is executable"},
	{"mmap", "prot", "PROT_WRITE|PROT_EXEC", "memory that is writable and executable"},
	{"mprotect", "prot", "PROT_EXEC", "memory that was written becomes executable"},
	{"pkey_mprotect", "prot", "PROT_EXEC", "memory that was written becomes executable"},
	{"shmat", "shmflg", "SHM_EXEC", "shared memory becomes executable"},
};

static void warn_flags(struct work *work, const struct event_call *call,
		       const struct name_call *known)
{
	uint64_t value;
	unsigned arg;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].call, known->name) == 0 &&
		    names_arg(known, flags[i].arg, &arg) == 0 &&
		    value_of(call->arch, flags[i].flags, &value) &&
		    (call->args[arg] & value) == value &&
		    /* personality(-1) asks */
		    (call->args[arg] & argument_mask(known, arg)) != argument_mask(known, arg))
			add_line(work, &work->out->warnings,
				 say(work, "%s with %s: %s", known->name, flags[i].flags,
				     flags[i].says));
}

static void warn_call(struct work *work, const struct event_call *call)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	size_t count;
	const struct policy_surface *surfaces = policy_surfaces(&count);
	uint64_t value;
	bool negative;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (strcmp(calls[i].call, known->name) == 0)
			add_line(work, &work->out->warnings,
				 say(work, "%s: %s", known->name, calls[i].says));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < surfaces[i].n_calls; j++) {
			const struct policy_surface_call *reach = &surfaces[i].calls[j];

			/* clone, reboot and the like are more than their surface. */
			if (strcmp(reach->call, known->name) == 0 && !reach->arg &&
			    strcmp(reach->call, "clone3") != 0)
				add_line(work, &work->out->warnings,
					 say(work, "%s reaches %s: %s", known->name,
					     surfaces[i].name, surfaces[i].description));
		}
	if (strcmp(known->name, "ioctl") == 0 &&
	    names_constant(call->arch, "TIOCSTI", &value, &negative) == 0 &&
	    (uint32_t)call->args[1] == value)
		add_line(
			work, &work->out->warnings,
			"TIOCSTI: it types on the terminal that it shares with whoever started it");
	warn_flags(work, call, known);
}

static bool allowed(const struct work *work, const struct question *q, enum bl_op op)
{
	struct question other = *q;
	struct answer answer;

	other.op = op;
	return ask(&work->now, &other, &answer) && answer.action <= ACTION_AUDIT;
}

/* A path that a program may write and then start. */
static void warn_both(struct work *work, const struct question *q)
{
	const struct policy *policy = work->now.policy;
	bool exec = policy->default_rule[CLASS_EXEC] != POLICY_NO_RULE;
	bool files = policy->default_rule[CLASS_FILES] != POLICY_NO_RULE;
	bool writing = q->op == BL_OP_WRITE || q->op == BL_OP_CREATE || q->op == BL_OP_RENAME ||
		       q->op == BL_OP_LINK;
	bool starting = q->op == BL_OP_EXEC || q->op == BL_OP_EXECUTE || q->op == BL_OP_MAP;

	if (q->from != BL_STATE_ROOT || q->op > BL_OP_MAP || (!writing && !starting))
		return;
	if (!allowed(work, q, BL_OP_EXEC) || !allowed(work, q, BL_OP_EXECUTE) ||
	    (!allowed(work, q, BL_OP_WRITE) && !allowed(work, q, BL_OP_CREATE)))
		return;
	/* Where a class is absent, nothing was meant to be held there. */
	if (writing ? exec || files : files)
		add_line(work, &work->out->warnings,
			 say(work,
			     "%s can be written and executed: what a program writes there, it can "
			     "start",
			     q->path));
	else if (starting)
		add_line(work, &work->out->warnings,
			 say(work,
			     "%s can be executed, and no class files keeps it from being written",
			     q->path));
}

static void warn_object(struct work *work, const struct question *q)
{
	size_t count;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	if (q->how == ASK_PATH) {
		for (size_t i = 0; i < ARRAY_LEN(paths); i++)
			if (fnmatch(paths[i].pattern, q->path, 0) == 0)
				add_line(work, &work->out->warnings,
					 say(work, "%s: %s", q->path, paths[i].says));
		warn_both(work, q);
	}
	if (q->op == BL_OP_CAPABILITY)
		for (size_t i = 0; i < ARRAY_LEN(caps); i++)
			if (caps[i].cap == q->a)
				add_line(work, &work->out->warnings,
					 say(work, "CAP_%s: %s", names_cap(q->a), caps[i].says));
	if (q->op == BL_OP_SURFACE)
		add_line(work, &work->out->warnings,
			 say(work, "the whole surface %s opens: %s", surfaces[q->a].name,
			     surfaces[q->a].description));
	if (q->op == BL_OP_WORD)
		add_line(work, &work->out->warnings,
			 q->a == BL_WORD_ANONYMOUS
				 ? "code that was never a file can be run from memory"
				 : "memory that was written becomes executable");
}

static bool had(const struct diag *diag, const char *text)
{
	for (size_t i = 0; i < diag_count(diag); i++)
		if (strcmp(diag_at(diag, i)->text, text) == 0)
			return true;
	return false;
}

/* What `check` says of the changed policy, and did not of the other: siblings above all. */
static void warn_review(struct work *work)
{
	CLEANUP(diag_freep) struct diag *before = NULL;
	CLEANUP(diag_freep) struct diag *now = NULL;

	if (diag_new(&before) < 0 || diag_new(&now) < 0) {
		work->failed = true;
		return;
	}
	policy_review(work->before.policy, before);
	policy_review(work->now.policy, now);
	for (size_t i = 0; i < diag_count(now); i++)
		if (!had(before, diag_at(now, i)->text))
			add_line(work, &work->out->warnings, diag_at(now, i)->text);
}

void warn_all(struct work *work)
{
	for (size_t i = 0; i < work->n && work->out->steps.n; i++) {
		const struct event_call *call = &work->events[i]->call;

		if (!work->calls)
			warn_object(work, &work->questions[i]);
		else if (!call->foreign && names_call_by_nr(call->arch, call->nr))
			warn_call(work, call);
	}
	warn_review(work);
}
