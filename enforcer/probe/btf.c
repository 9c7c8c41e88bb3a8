/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's BTF says of the hooks in the tables. It is gone through once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "bailiff/base.h"
#include "room.h"

#define MAX_NAMES 512 /* of functions that the tables speak of */
#define MAX_HOOKS 256
#define REASON	  192

struct function {
	char name[64];
	uint32_t id; /* in its BTF; 0: the kernel does not have it */
};

struct probe {
	struct btf *btf;
	struct function functions[MAX_NAMES]; /* sorted by name */
	size_t n_functions;
	bool takes[MAX_HOOKS];
	char lacks[MAX_HOOKS][REASON];
};

static const struct probe_hook *const tables[] = {
	probe_hooks_core,
	probe_hooks_files,
	probe_hooks_rest,
};

const struct probe_hook *probe_hook(size_t number)
{
	const struct probe_hook *hook;
	size_t i;

	for (i = 0; i < ARRAY_LEN(tables); i++)
		for (hook = tables[i]; hook->program; hook++)
			if (number-- == 0)
				return hook;
	return NULL;
}

int probe_number(const char *program)
{
	const struct probe_hook *hook;
	int i;

	for (i = 0; (hook = probe_hook((size_t)i)); i++)
		if (strcmp(hook->program, program) == 0)
			return i;
	return -ENOENT;
}

/* The kernel's function that a program of this hook is attached to. */
static void target_of(const struct probe_hook *hook, char *out, size_t size)
{
	if (strncmp(hook->hook, "fentry:", 7) == 0)
		snprintf(out, size, "%s", hook->hook + 7);
	else if (strncmp(hook->hook, "iter:", 5) == 0)
		snprintf(out, size, "bpf_iter_%s", hook->hook + 5);
	else
		snprintf(out, size, "bpf_lsm_%s", hook->hook);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct function *)a)->name, ((const struct function *)b)->name);
}

static struct function *find(const struct probe *probe, const char *name)
{
	struct function wanted = {.id = 0};

	if (strlen(name) >= sizeof(wanted.name))
		return NULL;
	memcpy(wanted.name, name, strlen(name) + 1);
	return bsearch(&wanted, probe->functions, probe->n_functions, sizeof(wanted), by_name);
}

static void want(struct probe *probe, const char *name)
{
	if (probe->n_functions < MAX_NAMES)
		snprintf(probe->functions[probe->n_functions++].name,
			 sizeof(probe->functions[0].name), "%s", name);
}

static void want_all(struct probe *probe)
{
	const struct probe_hook *hook;
	char name[64];
	size_t i;

	want(probe, "bpf_rdonly_cast");
	for (i = 0; (hook = probe_hook(i)); i++) {
		target_of(hook, name, sizeof(name));
		want(probe, name);
		if (hook->kfunc)
			want(probe, hook->kfunc);
	}
	qsort(probe->functions, probe->n_functions, sizeof(probe->functions[0]), by_name);
}

static void look_at_all(struct probe *probe)
{
	uint32_t i, n = btf__type_cnt(probe->btf);
	const struct btf_type *type;
	struct function *found;

	for (i = 1; i < n; i++) {
		type = btf__type_by_id(probe->btf, i);
		if (!btf_is_func(type))
			continue;
		found = find(probe, btf__name_by_offset(probe->btf, type->name_off));
		if (!found)
			continue;
		/* A name that is wanted twice lies twice beside itself. */
		while (found > probe->functions && strcmp(found[-1].name, found->name) == 0)
			found--;
		for (; found < probe->functions + probe->n_functions &&
		       strcmp(found->name, btf__name_by_offset(probe->btf, type->name_off)) == 0;
		     found++)
			found->id = i;
	}
}

/* Does its function look as the program needs it? */
static bool looks_right(const struct probe *probe, const struct probe_hook *hook, uint32_t id,
			char *lacks)
{
	const struct btf_type *function = btf__type_by_id(probe->btf, id);
	const struct btf_type *proto = btf__type_by_id(probe->btf, function->type);
	const struct btf_param *param = btf_params(proto);
	unsigned i, n = btf_vlen(proto);

	if (n < hook->n_arguments) {
		snprintf(lacks, REASON, "this kernel's hook %s has %u arguments, not %u",
			 hook->hook, n, hook->n_arguments);
		return false;
	}
	for (i = 0; hook->argument && i < n; i++)
		if (strcmp(btf__name_by_offset(probe->btf, param[i].name_off), hook->argument) == 0)
			return true;
	if (hook->argument)
		snprintf(lacks, REASON, "this kernel's hook %s has no argument %s", hook->hook,
			 hook->argument);
	return !hook->argument;
}

static bool fits(struct probe *probe, const struct probe_hook *hook, char *lacks)
{
	struct function *target;
	char name[64];

	target_of(hook, name, sizeof(name));
	target = find(probe, name);
	if (!target || !target->id) {
		snprintf(lacks, REASON, "this kernel has no %s", name);
		return false;
	}
	if (hook->kfunc && !probe_has(probe, hook->kfunc)) {
		snprintf(lacks, REASON, "this kernel's programs have no %s", hook->kfunc);
		return false;
	}
	return looks_right(probe, hook, target->id, lacks);
}

static void choose(struct probe *probe)
{
	const struct probe_hook *hook, *other;
	size_t i, j;

	for (i = 0; i < MAX_HOOKS && (hook = probe_hook(i)); i++) {
		probe->takes[i] = fits(probe, hook, probe->lacks[i]);
		for (j = 0; j < i && probe->takes[i]; j++) {
			other = probe_hook(j);
			if (!hook->group || other->group != hook->group || !probe->takes[j])
				continue;
			probe->takes[i] = false;
			snprintf(probe->lacks[i], REASON, "%s takes its place", other->program);
		}
	}
}

int probe_new(struct diag *diag, struct probe **ret_probe)
{
	CLEANUP(probe_freep) struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return -ENOMEM;
	probe->btf = btf__load_vmlinux_btf();
	if (!probe->btf) {
		diag_system(diag, errno, "read the kernel's types", "/sys/kernel/btf/vmlinux",
			    "it takes a kernel with CONFIG_DEBUG_INFO_BTF=y");
		return -ENOSYS;
	}
	want_all(probe);
	look_at_all(probe);
	choose(probe);
	*ret_probe = STEAL(probe);
	return 0;
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	btf__free(probe->btf);
	free(probe);
}

void probe_freep(struct probe **probe)
{
	probe_free(*probe);
}

bool probe_takes(const struct probe *probe, size_t number)
{
	return number < MAX_HOOKS && probe->takes[number];
}

uint32_t probe_function(const struct probe *probe, const char *name)
{
	const struct function *found = find(probe, name);

	return found ? found->id : 0;
}

bool probe_has(const struct probe *probe, const char *function)
{
	return probe_function(probe, function) != 0;
}

const char *probe_lacks(const struct probe *probe, size_t number)
{
	return number >= MAX_HOOKS || probe->takes[number] ? NULL : probe->lacks[number];
}
