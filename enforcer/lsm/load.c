/* SPDX-License-Identifier: Apache-2.0 */
/* The object, from this program's own memory into the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bailiff/base.h"
#include "room.h"

#define DEFAULT_RING (4u << 20)
#define LEAST_TASKS  (1u << 18) /* each takes 16 bytes while there is none */
#define MOST_TASKS   (1u << 20)

const char *const lsm_map_names[LSM_MAPS] = {
	[MAP_CONTROL] = ".data.control",
	[MAP_COUNTERS] = ".data.counters",
	[MAP_HEADS] = "heads",
	[MAP_IMAGES] = "images",
	[MAP_COUNTS] = "counts",
	[MAP_LABELS] = "labels",
	[MAP_RING] = "ring",
	[MAP_META] = "meta",
};

/* What libbpf says of a load that fails: which program, and the verifier's last word. libbpf has one
 * listener a process. */
static char refused[64], reason[320];

/* The last line that says something: what follows it are sums. */
static void keep_reason(char *text)
{
	static const char *const sums[] = {"processed ", "verification time", "stack depth", "-- "};
	char *line, *rest = text;
	size_t i;

	while ((line = strsep(&rest, "\n"))) {
		for (i = 0; i < ARRAY_LEN(sums); i++)
			if (strncmp(line, sums[i], strlen(sums[i])) == 0)
				break;
		if (i == ARRAY_LEN(sums) && *line && !strstr(line, "-- END PROG LOAD LOG"))
			snprintf(reason, sizeof(reason), "%s", line);
	}
}

static int listen_to(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text, *log;

	if (level != LIBBPF_WARN || vasprintf(&text, format, args) < 0)
		return 0;
	if (!refused[0])
		(void)sscanf(text, "libbpf: prog '%63[^']'", refused);
	log = strstr(text, "-- BEGIN PROG LOAD LOG --\n");
	if (log)
		keep_reason(strchr(log, '\n') + 1);
	else if (!reason[0])
		keep_reason(text);
	free(text);
	return 0;
}

/* The object's constants, as they are to be. */
struct constants {
	const struct btf *btf;
	const struct btf_type *section;
	char *data;
	size_t size;
};

static int set_constant(struct constants *c, const char *name, uint64_t value, struct diag *diag)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(c->section);
	const struct btf_type *var;
	size_t i;

	for (i = 0; i < btf_vlen(c->section); i++) {
		var = btf__type_by_id(c->btf, info[i].type);
		if (strcmp(btf__name_by_offset(c->btf, var->name_off), name) != 0 ||
		    info[i].size > sizeof(value) || info[i].offset + info[i].size > c->size)
			continue;
		memcpy(c->data + info[i].offset, &value, info[i].size);
		return 0;
	}
	diag_error(diag, NULL, "the programs have no constant %s; bailiff was not built as a whole",
		   name);
	return -EINVAL;
}

static int set_each(const struct lsm *lsm, struct constants *c, const struct probe *probe,
		    struct diag *diag)
{
	uint64_t secret;
	int r;

	if (getrandom(&secret, sizeof(secret), 0) != sizeof(secret)) {
		diag_system(diag, errno, "getrandom", "8 bytes", NULL);
		return -EIO;
	}
	r = set_constant(c, "have_cast", probe_has(probe, "bpf_rdonly_cast"), diag);
	if (r == 0)
		r = set_constant(c, "secret", secret | 1, diag); /* odd: it multiplies */
	if (r == 0)
		r = set_constant(c, "wakeup_bytes", lsm->meta.wakeup_bytes, diag);
	return r;
}

static int set_constants(const struct lsm *lsm, struct bpf_object *object,
			 const struct probe *probe, struct diag *diag)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	struct constants c = {.btf = bpf_object__btf(object)};
	int id = c.btf ? btf__find_by_name_kind(c.btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const void *initial = map ? bpf_map__initial_value(map, &c.size) : NULL;
	int r;

	if (!initial || id < 0)
		return -EINVAL;
	c.section = btf__type_by_id(c.btf, (uint32_t)id);
	c.data = malloc(c.size);
	if (!c.data)
		return -ENOMEM;
	memcpy(c.data, initial, c.size);
	r = set_each(lsm, &c, probe, diag);
	if (r == 0)
		r = bpf_map__set_initial_value(map, c.data, c.size);
	free(c.data);
	return r;
}

/* Programs whose hook the kernel does not have are left out: what needs them has been refused. */
static int choose_programs(struct bpf_object *object, const struct probe *probe, struct diag *diag)
{
	struct bpf_program *program;
	int number;

	bpf_object__for_each_program(program, object)
	{
		number = probe_number(bpf_program__name(program));
		if (number < 0) {
			diag_error(diag, NULL,
				   "program %s is in no table of hooks; bailiff was not built as a "
				   "whole",
				   bpf_program__name(program));
			return -EINVAL;
		}
		bpf_program__set_autoload(program, probe_takes(probe, (size_t)number));
	}
	return 0;
}

/* Uses the maps of what is being replaced, where they are the same: then there is one generation, and
 * each task keeps its label. */
static int share_maps(struct lsm *lsm, struct bpf_object *object)
{
	struct bpf_map *map;
	int i, r = 0;

	for (i = 0; i < MAP_META && r == 0; i++) {
		map = bpf_object__find_map_by_name(object, lsm_map_names[i]);
		r = map ? bpf_map__reuse_fd(map, lsm->old->map[i]) : -ENOENT;
	}
	return r;
}

static bool same_shape(struct bpf_object *object, const struct lsm *old, enum lsm_map which)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, lsm_map_names[which]);
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	return map && bpf_obj_get_info_by_fd(old->map[which], &info, &size) == 0 &&
	       info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.map_flags == bpf_map__map_flags(map);
}

static int set_maps(struct lsm *lsm, struct bpf_object *object)
{
	struct bpf_map *labels = bpf_object__find_map_by_name(object, "labels");
	struct bpf_map *ring = bpf_object__find_map_by_name(object, "ring");
	bool same = lsm->old && lsm->old->meta.abi == BL_ABI;
	int i, r;

	if (!labels || !ring)
		return -EINVAL;
	for (i = 0; i < MAP_META && same; i++)
		same = same_shape(object, lsm->old, (enum lsm_map)i);
	lsm->shares = same;
	if (same) {
		lsm->meta.ring_bytes = lsm->old->meta.ring_bytes;
		lsm->meta.max_tasks = lsm->old->meta.max_tasks;
		return share_maps(lsm, object);
	}
	r = bpf_map__set_max_entries(labels, lsm->meta.max_tasks);
	if (r == 0)
		r = bpf_map__set_max_entries(ring, lsm->meta.ring_bytes);
	/* Another version's labels still say who is governed. */
	if (r == 0 && lsm->old && same_shape(object, lsm->old, MAP_LABELS))
		r = bpf_map__reuse_fd(labels, lsm->old->map[MAP_LABELS]);
	return r;
}

static int load_object(struct bpf_object *object, struct diag *diag)
{
	int r;

	refused[0] = reason[0] = '\0';
	libbpf_set_print(listen_to);
	r = bpf_object__load(object);
	libbpf_set_print(NULL);
	if (r == -EPERM || r == -EACCES)
		diag_error(
			diag, NULL,
			"load the program %s: %s (%s); `bailiff probe` says what may be in the way",
			refused, strerror(-r), reason);
	else if (r < 0)
		diag_error(diag, NULL, "load the program %s: %s; the kernel says: %s", refused,
			   strerror(-r), reason);
	return r;
}

static int keep_fd(int fd)
{
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return kept < 0 ? -errno : kept;
}

static int keep_maps(struct lsm *lsm, struct bpf_object *object)
{
	struct bpf_map *map;
	int i;

	for (i = 0; i < MAP_META; i++) {
		map = bpf_object__find_map_by_name(object, lsm_map_names[i]);
		if (!map)
			return -ENOENT;
		lsm->map[i] = keep_fd(bpf_map__fd(map));
		if (lsm->map[i] < 0)
			return lsm->map[i];
	}
	lsm->map[MAP_META] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bailiff_meta", 4,
					    sizeof(struct lsm_meta), 1, NULL);
	return lsm->map[MAP_META] < 0 ? -errno : 0;
}

static int attach_one(struct lsm *lsm, struct bpf_program *program, struct diag *diag)
{
	struct bpf_link *link;
	int fd;

	if (lsm->n_links >= LSM_MAX_LINKS)
		return -E2BIG;
	link = bpf_program__attach(program);
	if (!link) {
		diag_system(diag, errno, "attach the program", bpf_program__name(program), NULL);
		return -errno;
	}
	fd = keep_fd(bpf_link__fd(link));
	bpf_link__destroy(link);
	if (fd < 0)
		return fd;
	snprintf(lsm->links[lsm->n_links].program, sizeof(lsm->links[0].program), "%s",
		 bpf_program__name(program));
	lsm->links[lsm->n_links++].fd = fd;
	return 0;
}

/* Last of all: a program on bpf() would judge what its own loader still has to do. Nothing is judged
 * while the generation is 0. */
static int attach_all(struct lsm *lsm, struct bpf_object *object, struct diag *diag)
{
	struct bpf_program *program;
	int r = 0;

	bpf_object__for_each_program(program, object)
	{
		if (r == 0 && bpf_program__autoload(program))
			r = attach_one(lsm, program, diag);
	}
	return r;
}

static int make(struct lsm *lsm, struct bpf_object *object, struct diag *diag)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	int r = probe_new(diag, &probe);

	if (r == 0)
		r = choose_programs(object, probe, diag);
	if (r == 0)
		r = set_constants(lsm, object, probe, diag);
	if (r == 0)
		r = set_maps(lsm, object);
	if (r == 0)
		r = load_object(object, diag);
	if (r == 0)
		r = keep_maps(lsm, object);
	if (r == 0)
		r = lsm_map_control(lsm, true);
	if (r == 0)
		r = attach_all(lsm, object, diag);
	return r;
}

/* As many as the kernel makes, within bounds: where labels run out, forks are refused. */
static uint32_t default_tasks(void)
{
	CLEANUP(close_file) FILE *f = fopen("/proc/sys/kernel/threads-max", "re");
	uint32_t tasks = LEAST_TASKS;
	uint64_t most = 0;
	char line[32];
	const char *at = line;

	if (!f || !fgets(line, sizeof(line), f) || !take_number(&at, 10, &most))
		return MOST_TASKS;
	while (tasks < most && tasks < MOST_TASKS)
		tasks *= 2;
	return tasks;
}

int lsm_load(struct lsm *lsm, const struct lsm_options *options, struct diag *diag)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bailiff");
	CLEANUP(free_ptr) char *data = NULL;
	struct bpf_object *object;
	size_t errors = diag_errors(diag), size;
	int r = lsm_object_inflate(&data, &size);

	if (r < 0) {
		diag_system(diag, -r, "inflate", "the programs", "is bailiff's own file whole?");
		return r;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	lsm->meta = (struct lsm_meta){
		.magic = META_MAGIC,
		.abi = BL_ABI,
		.object = lsm_object_hash(),
		.ring_bytes = options->ring_bytes ? options->ring_bytes : DEFAULT_RING,
		.wakeup_bytes = options->wakeup_bytes,
		.max_tasks = options->max_tasks ? options->max_tasks : default_tasks(),
	};
	if (!lsm->meta.wakeup_bytes)
		lsm->meta.wakeup_bytes = lsm->meta.ring_bytes / 8;
	object = bpf_object__open_mem(data, size, &opts);
	if (!object) {
		diag_system(diag, errno, "open", "the programs", NULL);
		return -errno;
	}
	r = make(lsm, object, diag);
	bpf_object__close(object);
	if (r < 0 && diag_errors(diag) == errors)
		diag_system(diag, -r, "load", "the host plane's programs", NULL);
	return r;
}
