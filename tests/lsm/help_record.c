/* SPDX-License-Identifier: Apache-2.0 */
#include "help_record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char web[] = "version: 1\n"
			  "name: web\n"
			  "scope: {host: true}\n"
			  "files:\n"
			  "  default: allow\n"
			  "  deny:\n"
			  "    - paths: [/etc/shadow]\n"
			  "      why: no passwords\n"
			  "    - paths: [/root/**]\n"
			  "network:\n"
			  "  default: allow\n"
			  "  deny:\n"
			  "    - connect: [\"10.0.0.0/8:5432/tcp\"]\n";
static const char db[] = "version: 1\nname: db\nscope: {host: true}\nfiles:\n  default: allow\n"
			 "  deny: [/srv/db/**]\n";

struct ruleset image_of_two(bool both)
{
	struct ruleset_options options = {.key = {7, 8}};
	struct policy *policies[2] = {NULL};
	struct ruleset set = {.blocks = NULL};
	struct diag *diag = NULL;

	if (diag_new(&diag) < 0 ||
	    policy_parse(web, sizeof(web) - 1, "web.yaml", diag, &policies[0]) < 0 ||
	    policy_parse(db, sizeof(db) - 1, "db.yaml", diag, &policies[1]) < 0 ||
	    ruleset_compile((const struct policy *const *)policies, both ? 2 : 1, &options, diag,
			    &set) < 0) {
		diag_print(diag, stderr);
		abort();
	}
	policy_free(policies[0]);
	policy_free(policies[1]);
	diag_free(diag);
	return set;
}

uint32_t rule_on_line(const struct ruleset *set, unsigned line)
{
	struct ruleset_rule rule;

	for (uint32_t i = 0; ruleset_rule(set, i, &rule) == 0; i++)
		if (rule.line == line && strcmp(rule.file, "web.yaml") == 0)
			return i;
	return BL_NO_RULE;
}

struct recorded record_of(enum bl_op op, const char *object, const char *exe)
{
	struct recorded r = {
		.record =
			{
				.kind = BL_RECORD_VERDICT,
				.verdict = BL_DENIED,
				.op = (uint8_t)op,
				.generation = 1,
				.rule = BL_NO_RULE,
				.error = 1,
				.tgid = 4242,
				.tid = 4243,
				.comm = "x",
				.policy = BL_PLACES,
			},
	};
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	r.record.time = (uint64_t)(boot.tv_sec * 1000000000ll + boot.tv_nsec);
	r.record.start = r.record.time / 2;
	if (object) {
		r.record.object_bytes = (uint16_t)strlen(object);
		memcpy(r.bytes, object, r.record.object_bytes);
	}
	if (exe) {
		r.record.exe_bytes = (uint16_t)strlen(exe);
		memcpy(r.bytes + r.record.object_bytes, exe, r.record.exe_bytes);
	}
	return r;
}

size_t record_length(const struct recorded *r)
{
	return sizeof(r->record) + r->record.object_bytes + r->record.exe_bytes;
}
