/* SPDX-License-Identifier: Apache-2.0 */
#include "help_kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && getenv("BAILIFF_TEST_VERBOSE")
		       ? vfprintf(stderr, format, args)
		       : 0;
}

static void set_constant(struct bpf_object *object, const char *name, uint32_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	const struct btf_var_secinfo *info = section ? btf_var_secinfos(section) : NULL;
	size_t size;
	char *data = map ? (char *)(uintptr_t)bpf_map__initial_value(map, &size) : NULL;

	for (size_t i = 0; data && info && i < btf_vlen(section); i++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, info[i].type)->name_off),
			    name))
			memcpy(data + info[i].offset, &value, sizeof(value));
}

static void *map_memory(const struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static const char *object_path(char *path, size_t size)
{
	const char *build = getenv("BAILIFF_BUILD");

	snprintf(path, size, "%s/gen/test.bpf.o", build ? build : "build");
	return path;
}

const char *kernel_open(struct kernel *kernel, uint32_t ring_bytes)
{
	char path[512];
	int error;

	*kernel = (struct kernel){.image = -1, .ring_bytes = ring_bytes};
	libbpf_set_print(quiet);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	kernel->object = bpf_object__open_file(object_path(path, sizeof(path)), NULL);
	if (!kernel->object)
		return "no build/gen/test.bpf.o";
	set_constant(kernel->object, "wakeup_bytes", ring_bytes / 8);
	set_constant(kernel->object, "have_cast", 1);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(kernel->object, "ring"), ring_bytes);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(kernel->object, "labels"), 1);
	error = bpf_object__load(kernel->object);
	if (error < 0) {
		kernel_close(kernel);
		return error == -EPERM || error == -EACCES
			       ? "BPF programs may not be loaded here"
			       : "the kernel refuses test.bpf.o; BAILIFF_TEST_VERBOSE=1 says why";
	}
	kernel->ring = bpf_object__find_map_fd_by_name(kernel->object, "ring");
	kernel->prefixes = bpf_object__find_map_fd_by_name(kernel->object, "prefixes");
	kernel->paths = map_memory(kernel->object, "paths", TEST_BATCH * sizeof(struct test_path));
	kernel->nets = map_memory(kernel->object, "nets", TEST_BATCH * sizeof(struct test_net));
	kernel->walks = map_memory(kernel->object, "walks", TEST_WALKS * sizeof(struct test_walk));
	kernel->counters = map_memory(kernel->object, ".data.counters", BL_COUNTERS * 8);
	if (kernel->paths && kernel->nets && kernel->walks && kernel->counters)
		return NULL;
	kernel_close(kernel);
	return "maps can't be mapped";
}

void kernel_close(struct kernel *kernel)
{
	if (kernel->paths)
		munmap(kernel->paths, TEST_BATCH * sizeof(struct test_path));
	if (kernel->nets)
		munmap(kernel->nets, TEST_BATCH * sizeof(struct test_net));
	if (kernel->walks)
		munmap(kernel->walks, TEST_WALKS * sizeof(struct test_walk));
	if (kernel->counters)
		munmap(kernel->counters, BL_COUNTERS * 8);
	close_fd(&kernel->image);
	bpf_object__close(kernel->object);
	*kernel = (struct kernel){.image = -1};
}

int kernel_image(struct kernel *kernel, const struct ruleset *set)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	int images = bpf_object__find_map_fd_by_name(kernel->object, "images");
	int heads = bpf_object__find_map_fd_by_name(kernel->object, "heads");
	uint32_t slot = 0;
	void *memory;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "image", 4, BL_BLOCK, set->n_blocks, &options);

	if (fd < 0)
		return fd;
	close_fd(&kernel->image);
	kernel->image = fd;
	memory = mmap(NULL, (size_t)set->n_blocks * BL_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memcpy(memory, set->blocks, (size_t)set->n_blocks * BL_BLOCK);
	munmap(memory, (size_t)set->n_blocks * BL_BLOCK);
	if (bpf_map_update_elem(heads, &slot, set->blocks, BPF_ANY) < 0)
		return -errno;
	return bpf_map_update_elem(images, &slot, &fd, BPF_ANY);
}

int kernel_run(struct kernel *kernel, const char *program, struct test_result *result)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = result, .ctx_size_in = sizeof(*result));
	const struct bpf_program *found = bpf_object__find_program_by_name(kernel->object, program);
	int error = found ? bpf_prog_test_run_opts(bpf_program__fd(found), &options) : -ENOENT;

	return error < 0 ? error : options.retval ? -EIO : 0;
}

/* --- A reader --------------------------------------------------------------------------------- */

static uint32_t generation(void *context)
{
	(void)context;
	return 1;
}

static int image(void *context, uint32_t *ret_generation, struct ruleset *ret_set)
{
	const struct kernel_reading *reading = context;
	size_t size = (size_t)reading->set->n_blocks * BL_BLOCK;
	struct ruleset set = {.blocks = aligned_alloc(BL_BLOCK, size),
			      .n_blocks = reading->set->n_blocks};

	if (!set.blocks)
		return -ENOMEM;
	memcpy(set.blocks, reading->set->blocks, size);
	*ret_set = set;
	*ret_generation = 1;
	return 0;
}

static void totals(void *context, uint64_t totals[RING_LOSSES])
{
	const struct kernel_reading *reading = context;
	const volatile uint64_t *counters = reading->kernel->counters;

	totals[RING_LOST_LSM] = counters[BL_COUNT_LOST_LSM];
	totals[RING_LOST_SECCOMP] = counters[BL_COUNT_LOST_SECCOMP];
}

int kernel_reader(struct kernel_reading *reading, struct lsm_reader **ret_reader)
{
	const struct ring_source source = {
		.ring = reading->kernel->ring,
		.load = 1,
		.run = reading->run,
		.context = reading,
		.generation = generation,
		.image = image,
		.totals = totals,
	};
	struct diag *diag = NULL;
	int error = diag_new(&diag);

	if (error == 0)
		error = ring_open(&source, diag, ret_reader);
	if (error < 0)
		diag_print(diag, stderr);
	diag_free(diag);
	return error;
}
