/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An imported policy decides as its profile: for every number of every ABI, and for the boundary
 * values of every argument that a rule looks at, policy_decide() of the imported YAML is held
 * against a second reading of the JSON (help_reading.c), and against libseccomp's own filter
 * (help_bpf.c) where that is sound.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_reading.h"

#define VALUES_MAX 96	 /* boundary values of one argument */
#define CASES_MAX  20000 /* combinations of one call: more are drawn at random */

struct values {
	uint64_t value[VALUES_MAX];
	size_t count;
};

struct tally {
	const char *file, *variant;
	uint64_t cases, by_libseccomp;
	unsigned failures;
};

struct subject {
	const struct reading *reading;
	const struct policy *policy;
	const struct bpf *bpf; /* or NULL */
	struct tally *tally;
};

static void add_value(struct values *values, uint64_t value, uint64_t most)
{
	value &= most;
	for (size_t i = 0; i < values->count; i++)
		if (values->value[i] == value)
			return;
	if (values->count < VALUES_MAX)
		values->value[values->count++] = value;
}

static void add_boundaries(struct values *values, const struct said_cond *cond, uint64_t most)
{
	uint64_t base = strcmp(cond->op, "SCMP_CMP_MASKED_EQ") == 0 ? cond->two : cond->value;

	add_value(values, base, most);
	add_value(values, base - 1, most);
	add_value(values, base + 1, most);
	add_value(values, ~base, most);
	if (strcmp(cond->op, "SCMP_CMP_MASKED_EQ") != 0)
		return;
	add_value(values, cond->value, most);
	add_value(values, ~cond->value, most);
	add_value(values, base | ~cond->value, most);
	for (unsigned bit = 0; bit < 64; bit++)
		if ((most >> bit & 1) && ((cond->value >> bit & 1) || bit % 7 == 0))
			add_value(values, base ^ 1ull << bit, most);
}

/* False: no rule looks at this argument. */
static bool argument_values(const struct reading *reading, enum arch arch,
			    const struct name_call *call, unsigned arg, struct values *values)
{
	uint64_t most = reading_most(arch, call, arg);
	bool used = false;

	values->count = 0;
	for (size_t i = 0; i < reading->n_rules; i++) {
		const struct said_rule *rule = &reading->rules[i];

		if (strcmp(rule->name, call->name) != 0)
			continue;
		for (size_t j = 0; j < rule->n_conds; j++) {
			if (rule->conds[j].arg != arg)
				continue;
			add_boundaries(values, &rule->conds[j], most);
			used = true;
		}
	}
	add_value(values, 0, most);
	if (used) {
		add_value(values, most, most);
		add_value(values, 1, most);
		add_value(values, most >> 1, most);
		add_value(values, (most >> 1) + 1, most);
	}
	return used;
}

static void fail(struct tally *tally, const char *against, enum arch arch, const char *call,
		 const uint64_t args[CALL_ARGS], struct policy_decision is, unsigned action,
		 unsigned error)
{
	if (tally->failures++ >= 10)
		return;
	fprintf(stderr,
		"%s (%s): %s on %s (0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
		", 0x%" PRIx64 ", 0x%" PRIx64
		"): the policy says action %d errno %u, %s %u errno %u\n",
		tally->file, tally->variant, call, arch_name(arch), args[0], args[1], args[2],
		args[3], args[4], args[5], (int)is.action, is.error, against, action, error);
}

/* What a filter's return value is in the policy's words, as the import carries it. */
static struct said_verdict verdict_of(uint32_t ret)
{
	unsigned data = ret & SECCOMP_RET_DATA;

	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return (struct said_verdict){.action = ACTION_ALLOW};
	case SECCOMP_RET_LOG:
		return (struct said_verdict){.action = ACTION_AUDIT};
	case SECCOMP_RET_ERRNO:
		return (struct said_verdict){.action = ACTION_ERRNO, .error = data};
	case SECCOMP_RET_TRAP:
		return (struct said_verdict){.action = ACTION_TRAP};
	case SECCOMP_RET_KILL_THREAD:
		return (struct said_verdict){.action = ACTION_KILL_THREAD};
	case SECCOMP_RET_KILL_PROCESS:
		return (struct said_verdict){.action = ACTION_KILL};
	default:
		return (struct said_verdict){.action = ACTION_ERRNO, .error = ENOSYS};
	}
}

/*
 * Where libseccomp can't tell us: rules that contradict each other, and 32-bit ABIs (also x32),
 * where it cuts values and registers to their lower half.
 */
static bool sound(const struct subject *s, enum arch arch, const struct name_call *call,
		  const uint64_t args[CALL_ARGS], const struct said_verdict *said)
{
	if (!s->bpf || said->contested || !bpf_knows(s->bpf, arch, call))
		return false;
	if (arch != ARCH_I386 && arch != ARCH_X32)
		return true;
	/* It opens entries of these that the profile does not name: see oci.h. */
	if (arch == ARCH_I386 &&
	    (strcmp(call->name, "socketcall") == 0 || strcmp(call->name, "ipc") == 0))
		return false;
	for (unsigned i = 0; i < CALL_ARGS; i++)
		if (args[i] > UINT32_MAX)
			return false;
	return !reading_wide(s->reading, call->name);
}

static void check_case(const struct subject *s, enum arch arch, const struct name_call *call,
		       const uint64_t args[CALL_ARGS])
{
	struct policy_decision is = policy_decide(s->policy, arch, call->nr, args);
	struct said_verdict said = reading_decide(s->reading, call, args), second;

	s->tally->cases++;
	if (is.action > said.action && reading_unsayable(s->reading, call->name))
		return;
	if (said.contested && is.action == ACTION_ERRNO)
		said.error = is.error; /* two errnos at once: the language takes one of them */
	if (is.action != said.action || is.error != said.error)
		fail(s->tally, "the profile", arch, call->name, args, is, said.action, said.error);
	if (!sound(s, arch, call, args, &said))
		return;
	second = verdict_of(bpf_run(s->bpf, arch, call->nr, args));
	s->tally->by_libseccomp++;
	if (is.action != second.action || is.error != second.error)
		fail(s->tally, "libseccomp", arch, call->name, args, is, second.action,
		     second.error);
}

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void check_call(const struct subject *s, enum arch arch, const struct name_call *call)
{
	struct values values[CALL_ARGS];
	uint64_t args[CALL_ARGS], seed = call->nr, combinations = 1, index;

	for (unsigned i = 0; i < CALL_ARGS; i++) {
		argument_values(s->reading, arch, call, i, &values[i]);
		combinations *= values[i].count; /* at most 96^6: fits */
	}
	for (uint64_t n = 0; n < combinations && n < CASES_MAX; n++) {
		index = n;
		for (unsigned i = 0; i < CALL_ARGS; i++) {
			if (combinations > CASES_MAX)
				index = draw(&seed);
			args[i] = values[i].value[index % values[i].count];
			index /= values[i].count;
		}
		check_case(s, arch, call, args);
	}
}

/* Numbers that no table has: ENOSYS, unless the profile lets everything through. */
static void check_unknown(const struct subject *s, enum arch arch, uint32_t nr)
{
	static const uint64_t args[CALL_ARGS] = {0};
	struct policy_decision is = policy_decide(s->policy, arch, nr, args);
	bool open = reading_default(s->reading).action == ACTION_ALLOW;
	unsigned action = open ? ACTION_ALLOW : ACTION_ERRNO, error = open ? 0 : ENOSYS;

	s->tally->cases++;
	if (is.action != action || is.error != error)
		fail(s->tally, "unknown numbers:", arch, "?", args, is, action, error);
}

static void check_arch(const struct subject *s, enum arch arch)
{
	static const uint32_t far[] = {0x7fffffff, 0x80000000, 0xffffffff};
	uint32_t bit = arch == ARCH_X32 ? X32_BIT : 0, nr;
	const struct name_call *call;

	for (nr = 0; nr < 1100; nr++) {
		call = names_call_by_nr(arch, nr | bit);
		if (call)
			check_call(s, arch, call);
		else
			check_unknown(s, arch, nr | bit);
	}
	for (size_t i = 0; i < ARRAY_LEN(far); i++)
		check_unknown(s, arch, far[i] | bit);
}

static void check_profile(const char *text, size_t length, const struct oci_options *options,
			  bool ask_libseccomp, struct tally *tally)
{
	struct diag *diag = NULL;
	struct policy *policy = NULL;
	struct reading *reading = reading_new(text, length, options);
	struct bpf *bpf = NULL;
	char *yaml = NULL;

	cr_assert_not_null(reading, "%s is no JSON", tally->file);
	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(oci_import(text, length, tally->file, options, diag, &yaml), 0,
		     "%s does not import", tally->file);
	if (policy_parse(yaml, strlen(yaml), "imported.yaml", diag, &policy) != 0) {
		diag_print(diag, stderr);
		cr_assert_fail("the policy imported from %s (%s) is none", tally->file,
			       tally->variant);
	}
	if (ask_libseccomp)
		bpf = bpf_new(reading);
	const struct subject s = {reading, policy, bpf, tally};

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		cr_expect_eq(policy->abi[arch].governed, reading->archs[arch], "%s: %s",
			     tally->file, arch_name((enum arch)arch));
		if (reading->archs[arch])
			check_arch(&s, (enum arch)arch);
	}
	bpf_free(bpf);
	reading_free(reading);
	policy_free(policy);
	diag_free(diag);
	free(yaml);
}

static const struct {
	const char *name;
	struct oci_options options;
} variants[] = {
	{"as Docker would", OCI_OPTIONS_DEFAULT},
	{"no capability, kernel 4.4", {.caps = 0, .kernel = {4, 4}}},
	{"every capability", {.caps = UINT64_MAX, .kernel = {6, 1}}},
	{"all of x86",
	 {.caps = OCI_DOCKER_CAPS,
	  .kernel = {6, 1},
	  .archs_given = true,
	  .archs = {[ARCH_X86_64] = true, [ARCH_I386] = true, [ARCH_X32] = true}}},
	{"arm64",
	 {.caps = OCI_DOCKER_CAPS,
	  .kernel = {6, 1},
	  .archs_given = true,
	  .archs = {[ARCH_AARCH64] = true}}},
};

/* Every profile of a directory; how many there were, or -1 where there is no such directory. */
static int check_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[4096];
	size_t length;
	int count = 0;
	char *text;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".json") != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		cr_assert_eq(read_file(file, OCI_MAX_BYTES, 0, &text, &length), 0, "%s", file);
		for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
			struct tally tally = {.file = entry->d_name, .variant = variants[i].name};

			check_profile(text, length, &variants[i].options, true, &tally);
			cr_expect_eq(tally.failures, 0, "%s (%s): %u of %" PRIu64 " differ",
				     tally.file, tally.variant, tally.failures, tally.cases);
			cr_expect(tally.cases > 1000);
			cr_expect(tally.by_libseccomp > 300, "%s (%s): libseccomp said %" PRIu64,
				  tally.file, tally.variant, tally.by_libseccomp);
		}
		free(text);
		count++;
	}
	closedir(dir);
	return count;
}

Test(oci_equivalence, own_profiles)
{
	cr_assert(check_directory("tests/oci/data") >= 5, "run from the repository's root");
}

Test(oci_equivalence, corpus)
{
	const char *path = getenv("BAILIFF_OCI_CORPUS");
	int count = check_directory(path ? path : "../shared/corpus/oci");

	if (count < 0) {
		printf("SKIP the corpus of OCI profiles is not there: set BAILIFF_OCI_CORPUS\n");
		cr_skip_test("no corpus");
	}
	cr_expect(count > 0);
}

/* A profile out of a number: few calls with many rules, so that rules meet (which libseccomp's trees
 * do not stand). */
static char *random_profile(uint64_t seed, size_t *ret_length)
{
	static const char *const calls[] = {"socket",	  "personality", "dup3",   "lseek",
					    "clone",	  "fchmod",	 "prctl",  "shmat",
					    "socketcall", "mmap",	 "accept", "getpid"};
	static const char *const actions[] = {"ALLOW", "ERRNO", "ALLOW", "LOG", "TRAP", "KILL"};
	static const char *const ops[] = {"EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ"};
	static const char *const values[] = {
		"0",   "1",	"2",	      "3",	    "7",	  "8",
		"255", "65535", "2147483648", "4294967295", "4294967296", "18446744073709551615"};
	char *text = NULL, *comma = "";
	FILE *out = open_memstream(&text, ret_length);
	uint64_t state = seed;

#define PICK(list) ((list)[draw(&state) % ARRAY_LEN(list)])
	fprintf(out, "{\"defaultAction\":\"SCMP_ACT_%s\",\"syscalls\":[", PICK(actions));
	for (uint64_t rules = draw(&state) % 24; rules; rules--) {
		fprintf(out, "%s{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_%s\",\"args\":[", comma,
			PICK(calls), PICK(actions));
		comma = ",";
		for (uint64_t conds = draw(&state) % 8 ? 1 + draw(&state) % 2 : 0; conds; conds--)
			fprintf(out,
				"{\"index\":%u,\"value\":%s,\"valueTwo\":%s,\"op\":\"SCMP_CMP_%s\"}"
				"%s",
				(unsigned)(draw(&state) % 3), PICK(values), PICK(values), PICK(ops),
				conds > 1 ? "," : "");
		fputs("]}", out);
	}
#undef PICK
	fputs("]}", out);
	fclose(out);
	return text;
}

Test(oci_equivalence, random_profiles)
{
	unsigned failures = 0;

	for (uint64_t seed = 1; seed <= 400 && failures < 3; seed++) {
		const size_t which = seed % 3 == 0 ? 3 : seed % 3 == 1 ? 0 : 4;
		struct tally tally = {.file = "random", .variant = variants[which].name};
		size_t length;
		char *text = random_profile(seed, &length);

		check_profile(text, length, &variants[which].options, false, &tally);
		cr_expect_eq(tally.failures, 0, "seed %" PRIu64 ": %s", seed, text);
		failures += tally.failures > 0;
		free(text);
	}
}

/*
 * The shipped container-default is what the importer makes of moby's profile today. After a change
 * of the importer: bailiff import moby-default-3c28324.json --arch x86_64 --name container-default,
 * and put what follows `architectures:` into policies/container-default.yaml.
 */
Test(oci_equivalence, shipped_policy)
{
	const struct oci_options options = {.caps = OCI_DOCKER_CAPS,
					    .kernel = {6, 1},
					    .archs_given = true,
					    .archs = {[ARCH_X86_64] = true}};
	const char *corpus = getenv("BAILIFF_OCI_CORPUS");
	char path[4096], *profile, *shipped, *yaml;
	size_t length, shipped_length;

	snprintf(path, sizeof(path), "%s/moby-default-3c28324.json",
		 corpus ? corpus : "../shared/corpus/oci");
	if (read_file(path, OCI_MAX_BYTES, 0, &profile, &length) < 0) {
		printf("SKIP moby's profile is not there: set BAILIFF_OCI_CORPUS\n");
		cr_skip_test("no corpus");
	}
	cr_assert_eq(read_file("policies/container-default.yaml", OCI_MAX_BYTES, 0, &shipped,
			       &shipped_length),
		     0);
	cr_assert_eq(oci_import(profile, length, path, &options, NULL, &yaml), 0);
	cr_assert_not_null(strstr(shipped, "\narchitectures:"));
	cr_expect_str_eq(strstr(shipped, "\narchitectures:"), strstr(yaml, "\narchitectures:"));
	free(profile);
	free(shipped);
	free(yaml);
}
