/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exported profile decides as its policy: the second reading of help_reading.c and libseccomp's
 * filter are held against policy_decide(), with dirty upper halves where the ABI has them.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_reading.h"

static struct policy *parse(const char *yaml)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(yaml, strlen(yaml), "test.yaml", diag, &policy) != 0) {
		diag_print(diag, stderr);
		cr_assert_fail("no policy: %s", yaml);
	}
	diag_free(diag);
	return policy;
}

/* Registers worth trying for one call: the values of its conditions, their neighbours, junk. */
static size_t registers(const struct policy *policy, const struct policy_call *call, enum arch arch,
			uint64_t *out, size_t size)
{
	uint64_t most = arch == ARCH_I386 ? UINT32_MAX : UINT64_MAX;
	size_t count = 0;

	out[count++] = 0;
	out[count++] = most;
	out[count++] = 0x5555555555555555u & most;
	for (uint32_t m = 0; m < call->n_matches; m++) {
		const struct policy_match *match = &policy->matches[call->first_match + m];

		for (uint32_t c = 0; c < match->n_conds; c++) {
			const struct policy_cond *cond = &policy->conds[match->first_cond + c];

			for (uint32_t v = 0; v < cond->n_values && count + 6 < size; v++) {
				uint64_t value = policy->values[cond->first_value + v];

				out[count++] = value;
				out[count++] = (value + 1) & most;
				out[count++] = (value - 1) & most;
				out[count++] = (value ^ cond->mask) & most;
				out[count++] = (value | ~cond->mask) & most;
				out[count++] = (value | 0xdead00000000u) & most;
			}
		}
	}
	return count;
}

static unsigned code(unsigned action, unsigned error)
{
	return action << 16 | error;
}

static unsigned code_of_return(uint32_t ret)
{
	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return code(ACTION_ALLOW, 0);
	case SECCOMP_RET_LOG:
		return code(ACTION_AUDIT, 0);
	case SECCOMP_RET_TRAP:
		return code(ACTION_TRAP, 0);
	case SECCOMP_RET_KILL_THREAD:
		return code(ACTION_KILL_THREAD, 0);
	case SECCOMP_RET_KILL_PROCESS:
		return code(ACTION_KILL, 0);
	default:
		return code(ACTION_ERRNO, ret & SECCOMP_RET_DATA);
	}
}

struct round_trip {
	const char *what;
	const struct policy *policy;
	const struct reading *reading;
	const struct bpf *bpf;
	unsigned failures;
	uint64_t cases, by_libseccomp;
};

static void check_case(struct round_trip *trip, enum arch arch, const struct name_call *call,
		       const uint64_t args[CALL_ARGS])
{
	struct policy_decision want = policy_decide(trip->policy, arch, call->nr, args);
	struct said_verdict said = reading_decide(trip->reading, call, args);
	unsigned wanted, second;

	if (trip->policy->audit && want.action > ACTION_AUDIT) {
		want.action = ACTION_AUDIT;
		want.error = 0;
	}
	wanted = code(want.action, want.error);
	trip->cases++;
	cr_expect(!said.contested, "%s: rules for %s overlap", trip->what, call->name);
	/* a plain reading compares 64 bits, libseccomp only 32 on x32 */
	second = arch == ARCH_X32 ? wanted : code(said.action, said.error);
	if (bpf_knows(trip->bpf, arch, call)) {
		trip->by_libseccomp++;
		if (second == wanted)
			second = code_of_return(bpf_run(trip->bpf, arch, call->nr, args));
	}
	if (second != wanted && trip->failures++ < 10)
		fprintf(stderr,
			"%s: %s on %s (0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
			"): the policy %x, the profile %x\n",
			trip->what, call->name, arch_name(arch), args[0], args[1], args[2], wanted,
			second);
}

static void check_call(struct round_trip *trip, enum arch arch, const struct policy_call *call)
{
	const struct name_call *name = names_call_by_nr(arch, call->nr);
	uint64_t values[400], args[CALL_ARGS], seed = call->nr;
	size_t count = registers(trip->policy, call, arch, values, ARRAY_LEN(values));
	unsigned tries = call->n_matches > 1 || count > 3 ? 3000 : 3;

	for (unsigned n = 0; n < tries; n++) {
		for (unsigned i = 0; i < CALL_ARGS; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			args[i] = values[n < count ? n : (seed >> 33) % count];
		}
		check_case(trip, arch, name, args);
	}
}

static void check_round_trip(const char *what, const struct policy *policy)
{
	struct oci_options options = OCI_OPTIONS_DEFAULT;
	struct round_trip trip = {.what = what, .policy = policy};
	struct reading *reading;
	struct diag *diag = NULL;
	struct bpf *bpf;
	char *json = NULL;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = oci_export(policy, diag, &json);
	if (r < 0)
		diag_print(diag, stderr);
	cr_assert_eq(r, 0, "%s: no export", what);
	trip.reading = reading = reading_new(json, strlen(json), &options);
	trip.bpf = bpf = bpf_new(reading);
	cr_assert_not_null(bpf, "%s: libseccomp refuses the profile", what);
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++)
		for (uint32_t i = 0; i < policy->abi[arch].n_calls && policy->abi[arch].governed;
		     i++)
			check_call(&trip, (enum arch)arch, &policy->abi[arch].calls[i]);
	cr_expect_eq(trip.failures, 0, "%s: %u of %" PRIu64 " differ", what, trip.failures,
		     trip.cases);
	cr_expect(trip.by_libseccomp > 900);
	bpf_free(bpf);
	reading_free(reading);
	diag_free(diag);
	free(json);
}

static const struct {
	const char *what, *yaml;
} policies[] = {
	{"plain", "version: 1\nname: a\narchitectures: [x86_64]\n"
		  "syscalls:\n  default: deny\n  allow: [read, write, '@basic-io']\n"
		  "  deny:\n    - {calls: [ptrace, reboot], action: kill}\n"
		  "    - clone3: {action: errno ENOSYS, report: no}\n"},
	{"every condition",
	 "version: 1\nname: a\narchitectures: [x86_64]\n"
	 "syscalls:\n  default: errno ENOSYS\n  allow:\n"
	 "    - socket: {domain: [AF_UNIX, AF_INET], type: {mask: 0xf, is: [1, 2]}}\n"
	 "    - personality: {persona: {not: [0, 0xffffffff, 8]}}\n"
	 "    - lseek: {offset: {ge: 3, lt: 0x123456789a}}\n"
	 "    - mmap: {prot: {none-of: [PROT_EXEC]}, flags: {any-of: [MAP_PRIVATE, MAP_SHARED]}}\n"
	 "    - mprotect: {prot: {all-of: [PROT_READ, PROT_WRITE]}}\n"
	 "    - fchmod: {mode: {le: 0o777}}\n"
	 "    - kill: {sig: {gt: 3, lt: 60, not: [9, 15]}}\n"},
	{"exceptions from what is allowed",
	 "version: 1\nname: a\narchitectures: [x86_64]\n"
	 "syscalls:\n  default: deny\n  allow: [ioctl, clone, socket, read]\n  deny:\n"
	 "    - ioctl: {cmd: [TIOCSTI, TIOCLINUX]}\n"
	 "    - ioctl: {cmd: {all-of: 0x8000}, action: kill-thread}\n"
	 "    - clone: {clone_flags: {any-of: [CLONE_NEWUSER, CLONE_NEWNS]}, action: errno "
	 "EACCES}\n"
	 "    - socket: {domain: AF_VSOCK, type: {not: [1]}, action: trap}\n"},
	{"several classes", "version: 1\nname: a\narchitectures: [x86_64]\n"
			    "syscalls:\n  default: allow\n  audit: [mount, clone]\n"
			    "kernel:\n  default: allow\n  deny: [mount, namespaces, bpf, clock]\n"
			    "capabilities: {default: deny, allow: [CHOWN]}\n"},
	{"audit mode", "version: 1\nname: a\nmode: audit\narchitectures: [x86_64]\n"
		       "syscalls:\n  default: deny\n  allow: [read]\n"
		       "  deny:\n    - {calls: [ptrace], action: kill}\n"},
	{"three ABIs",
	 "version: 1\nname: a\narchitectures: [x86_64, i386, x32]\n"
	 "syscalls:\n  default: deny\n  allow:\n    - socketcall\n    - ipc\n    - accept\n"
	 "    - socket: {domain: {lt: 38}}\n    - shmget\n"
	 "    - personality: {persona: [0, 8]}\n"
	 "    - clone: {clone_flags: {none-of: [CLONE_NEWUSER]}}\n"},
	{"arm64", "version: 1\nname: a\narchitectures: [aarch64]\n"
		  "syscalls:\n  default: kill\n  allow: [read, {lseek: {offset: {lt: 5000}}}]\n"},
};

Test(oci_export, decides_as_the_policy)
{
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		struct policy *policy = parse(policies[i].yaml);

		check_round_trip(policies[i].what, policy);
		policy_free(policy);
	}
}

/* Profiles there and back again. */
Test(oci_export, imported_profiles)
{
	static const char *const files[] = {"conditional", "denials", "precedence", "widths"};
	const struct oci_options options = {.caps = OCI_DOCKER_CAPS,
					    .kernel = {6, 1},
					    .archs_given = true,
					    .archs = {[ARCH_X86_64] = true}};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[128], *text, *yaml;
		struct policy *policy;
		size_t length;

		snprintf(path, sizeof(path), "tests/oci/data/%s.json", files[i]);
		cr_assert_eq(read_file(path, OCI_MAX_BYTES, 0, &text, &length), 0);
		cr_assert_eq(oci_import(text, length, path, &options, NULL, &yaml), 0);
		policy = parse(yaml);
		check_round_trip(files[i], policy);
		policy_free(policy);
		free(yaml);
		free(text);
	}
}

/* What a profile can't say is refused, with the word that tells what. */
static const struct {
	const char *what, *yaml, *says;
} refusals[] = {
	{"registers that libseccomp cuts",
	 "version: 1\nname: a\narchitectures: [x32]\n"
	 "syscalls: {default: deny, allow: [{lseek: {offset: 5}}]}\n",
	 "x32"},
	{"an errno that libseccomp refuses",
	 "version: 1\nname: a\narchitectures: [x86_64]\n"
	 "syscalls: {default: allow, deny: [{read: {action: errno 4095}}]}\n",
	 "4095"},
	{"more comparisons than a filter holds",
	 "version: 1\nname: a\narchitectures: [x86_64]\n"
	 "syscalls:\n  default: deny\n  allow:\n    - mmap: {addr: {gt: 0x1111111111111111, lt: "
	 "0xeeeeeeeeeeeeeeee}, length: {gt: 0x1111111111111111, lt: 0xeeeeeeeeeeeeeeee}}\n",
	 "comparisons"},
	{"more rules for a call than an import takes",
	 "version: 1\nname: a\narchitectures: [x86_64]\n"
	 "syscalls: {default: allow, deny: [{fcntl: {cmd: 4}}, {fcntl: {arg: {ge: 5}}}, "
	 "{fcntl: {arg: {le: 2}}}]}\n",
	 "fcntl: its conditions come to more than 2048 comparisons"},
};

Test(oci_export, refuses_what_it_cannot_say)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct policy *policy = parse(refusals[i].yaml);
		struct diag *diag = NULL;
		char *json = NULL;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(oci_export(policy, diag, &json), -EINVAL, "%s", refusals[i].what);
		cr_expect_null(json);
		cr_expect_eq(diag_errors(diag), 1, "%s", refusals[i].what);
		for (size_t j = 0; j < diag_count(diag); j++)
			if (diag_at(diag, j)->severity == DIAG_ERROR)
				cr_expect_not_null(strstr(diag_at(diag, j)->text, refusals[i].says),
						   "%s: %s", refusals[i].what,
						   diag_at(diag, j)->text);
		diag_free(diag);
		policy_free(policy);
	}
}

/* So many values for each of so many calls: 18 * 1000 > 16384 rules, 16 * 1000 are not. */
static char *with_many_rules(size_t count)
{
	static const char *const calls[] = {
		"read",	 "write", "close",  "dup",	 "fstat",     "lseek",
		"ioctl", "readv", "writev", "pread64",	 "pwrite64",  "preadv",
		"fsync", "flock", "fchdir", "fdatasync", "ftruncate", "getdents64",
	};
	char *yaml = NULL;
	size_t length;
	FILE *out = open_memstream(&yaml, &length);

	cr_assert(out && count <= ARRAY_LEN(calls));
	fputs("version: 1\nname: a\narchitectures: [x86_64]\nsyscalls:\n  default: deny\n  "
	      "allow:\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "    - %s: {%s: [", calls[i],
			strcmp(calls[i], "dup") == 0 ? "fildes" : "fd");
		for (unsigned value = 1; value <= 1000; value++)
			fprintf(out, "%u, ", value);
		fputs("1001]}\n", out);
	}
	cr_assert_eq(fclose(out), 0);
	return yaml;
}

/* No profile is written that an import then refuses for its size. */
Test(oci_export, limits_rules_of_all_calls)
{
	static const size_t counts[] = {16, 18};

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		char *text = with_many_rules(counts[i]), *json = NULL, *yaml = NULL;
		struct policy *policy = parse(text);

		cr_expect_eq(oci_export(policy, NULL, &json), i == 0 ? 0 : -EINVAL);
		if (i == 0)
			cr_expect_eq(oci_import(json, strlen(json), "a", NULL, NULL, &yaml), 0);
		policy_free(policy);
		free(text);
		free(json);
		free(yaml);
	}
}
