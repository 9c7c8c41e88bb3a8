/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What tests drive natively: machines that load no LSM programs run SEC("syscall") ones by
 * BPF_PROG_TEST_RUN. The headers are those of the host plane: what is tested is what its programs
 * run. Only tests load this object.
 */
/* Kernels without a BTF of variables can't resolve these; nothing here takes a lock's word. */
extern const void rename_lock __attribute__((section(".ksyms"), weak));
extern const void mount_lock __attribute__((section(".ksyms"), weak));

#include "bpf/test.h"
#include "bpf/tell.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What loops get: their context must lie on the stack. */
struct test_run {
	struct test_path *path;
	struct scratch *s;
	u64 sum, bytes;
	u32 slot, n;
};

/* --- Questions -------------------------------------------------------------------------------- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TEST_BATCH);
	__type(key, u32);
	__type(value, struct test_path);
} paths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TEST_BATCH);
	__type(key, u32);
	__type(value, struct test_net);
} nets SEC(".maps");

/* The rule that decides for the lowest of these places. */
__noinline u32 test_rule(u32 decider, u32 op, u64 places)
{
	u32 place;

	for (place = 0; place < BL_PLACES; place++)
		if (places >> place & 1)
			return bl_rule_of(0, decider, op, place);
	return BL_NO_RULE;
}

static long path_step(u32 i, void *context)
{
	struct test_path *t = ((struct test_run *)context)->path;

	if (i >= t->n_names || i >= TEST_NAMES)
		return 1;
	t->state = bl_step(0, t->state, (struct bl_name *)&t->names[i], t->lengths[i] & 0xff);
	return t->state == BL_STATE_NONE;
}

static long ask_path(u32 i, void *context)
{
	struct test_path *t = bpf_map_lookup_elem(&paths, &i);
	struct test_run run = {.path = t};
	const struct bl_header *h = bl_first(0);
	const struct bl_state *state;
	const struct bl_pair *pair;

	(void)context;
	if (!t || !h)
		return 1;
	t->state = t->from;
	bpf_loop(TEST_NAMES, path_step, &run, 0);
	pair = bl_pair(0, h, t->state, t->op);
	state = bl_state(0, h, t->state);
	if (!pair || !state) {
		t->state = BL_STATE_NONE;
		return 0;
	}
	t->deny = pair->deny & t->places;
	t->audit = pair->audit & t->places;
	t->rule = test_rule(state->decider, t->op,
			    t->deny    ? t->deny
			    : t->audit ? t->audit
				       : t->places);
	return 0;
}

SEC("syscall") int ask_paths(void *ctx)
{
	(void)ctx;
	bpf_loop(TEST_BATCH, ask_path, NULL, 0);
	return 0;
}

static long ask_net(u32 i, void *context)
{
	struct test_net *t = bpf_map_lookup_elem(&nets, &i);
	struct bl_net net = {};

	(void)context;
	if (!t)
		return 1;
	net.places = t->places;
	net.op = t->op;
	net.port = t->port;
	net.protocol = t->protocol;
	bl_net_decide(0, &net, t->bits, t->high, t->low);
	t->deny = net.deny;
	t->audit = net.audit;
	t->broken = net.broken;
	net.places = net.deny ? net.deny : net.audit ? net.audit : t->places;
	net.places &= -net.places;
	t->rule = BL_NO_RULE;
	if (!net.places)
		return 0;
	bl_net_decide(0, &net, t->bits, t->high, t->low);
	t->rule = test_rule(net.decider, t->op,
			    (t->deny	? t->deny
			     : t->audit ? t->audit
					: t->places));
	return 0;
}

SEC("syscall") int ask_nets(void *ctx)
{
	(void)ctx;
	bpf_loop(TEST_BATCH, ask_net, NULL, 0);
	return 0;
}

/* --- Speed ------------------------------------------------------------------------------------ */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TEST_WALKS);
	__type(key, u32);
	__type(value, struct test_walk);
} walks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1u << 20);
	__type(key, u64);
	__type(value, u32);
} prefixes SEC(".maps");

static long walk_step(u32 i, void *context)
{
	struct test_run *run = context;
	struct test_walk *w = bpf_map_lookup_elem(&walks, &run->n);
	u32 start, length;

	if (!w || i >= w->n || i >= TEST_WALK_NAMES)
		return 1;
	start = w->starts[i] & (TEST_WALK_TEXT - 1);
	length = w->lengths[i] & 31;
	/* As a hook has it from the dentry. */
	if (bpf_probe_read_kernel(&run->s->name, length, &w->text[start]))
		return 1;
	run->slot = bl_step(0, run->slot, &run->s->name, length);
	return run->slot == BL_STATE_NONE;
}

static long walk(u32 i, void *context)
{
	struct test_run *run = context;
	const struct bl_header *h = bl_first(0);
	const struct bl_pair *pair;

	run->n = i;
	run->slot = BL_STATE_ROOT;
	bpf_loop(TEST_WALK_NAMES, walk_step, run, 0);
	pair = h ? bl_pair(0, h, run->slot, BL_OP_READ) : NULL;
	if (pair && pair->deny)
		run->sum++;
	return 0;
}

/* Decides on each path of `walks`; how many of them are denied. */
SEC("syscall") int walk_all(struct test_result *result)
{
	u32 slot = scratch_take();
	struct test_run run = {.s = scratch_at(slot)};

	if (!run.s)
		return 1;
	bpf_loop(TEST_WALKS, walk, &run, 0);
	result->sum = run.sum;
	scratch_give(slot);
	return 0;
}

/* The peer: a path, as bpf_d_path() gives it, hashed byte by byte, and each directory looked up. */
static long peer_step(u32 i, void *context)
{
	struct test_run *run = context;
	struct test_walk *w = bpf_map_lookup_elem(&walks, &run->n);
	u64 hash;
	u32 *found;
	char c;

	if (!w || i >= TEST_WALK_TEXT)
		return 1;
	c = w->text[i];
	if (i && (c == '/' || !c)) {
		hash = (u64)run->slot << 32 | (u32)run->sum;
		found = bpf_map_lookup_elem(&prefixes, &hash);
		if (found)
			run->s = (void *)(unsigned long)*found;
		if (!c)
			return 1;
	}
	hash = (((u64)run->slot << 32 | (u32)run->sum) ^ (u8)c) * 0x100000001b3ull;
	run->slot = (u32)(hash >> 32);
	run->sum = (u32)hash;
	return 0;
}

static long peer(u32 i, void *context)
{
	struct test_run *total = context, run = {.n = i};

	bpf_loop(TEST_WALK_TEXT, peer_step, &run, 0);
	total->sum += run.s != NULL;
	return 0;
}

SEC("syscall") int peer_all(struct test_result *result)
{
	struct test_run run = {};

	bpf_loop(TEST_WALKS, peer, &run, 0);
	result->sum = run.sum;
	return 0;
}

/* --- Records ---------------------------------------------------------------------------------- */

static long record_step(u32 i, void *context)
{
	struct test_run *run = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct scratch *s = run->s;

	record_start(run->slot, 1);
	s->record.rule = i & 7;
	s->record.verdict = BL_DENIED;
	s->record.op = BL_OP_READ;
	s->record.policy = 0;
	s->record.error = EPERM;
	/* Whatever it is, its path is there to be spelt. */
	s->question.dentry = (u64)BPF_CORE_READ(exe, f_path.dentry);
	s->question.mount = mount_of((u64)BPF_CORE_READ(exe, f_path.mnt));
	record_names(run->slot);
	if (run->bytes)
		s->record.exe_bytes =
			(u16)(run->bytes - sizeof(s->record) - s->record.object_bytes);
	record_send(run->slot, BL_COUNT_LOST_LSM);
	run->sum += sizeof(s->record) + s->record.object_bytes + s->record.exe_bytes;
	return 0;
}

/* Denials of reading, as hooks tell them: `count` of `bytes` in, the bytes of all out. */
SEC("syscall") int write_records(struct test_result *result)
{
	u32 slot = scratch_take();
	struct test_run run = {.s = scratch_at(slot), .slot = slot, .bytes = result->bytes};

	if (!run.s)
		return 1;
	bpf_loop(result->count, record_step, &run, 0);
	result->sum = run.sum;
	scratch_give(slot);
	return 0;
}

/* One record that is none. */
SEC("syscall") int write_damaged(void *ctx)
{
	char bytes[] = "no record";

	(void)ctx;
	return bpf_ringbuf_output(&ring, bytes, sizeof(bytes), 0) ? 1 : 0;
}
