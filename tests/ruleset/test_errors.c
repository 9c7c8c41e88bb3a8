/* SPDX-License-Identifier: Apache-2.0 */
/* What can't be compiled is refused at its rule, with what would be right; and what can is not. */
#include "help_ruleset.h"

#define FILES(deny)   HEAD "files:\n  default: allow\n  deny:\n" deny
#define NETWORK(deny) HEAD "network:\n  default: allow\n  deny:\n" deny
#define EXEC(deny)    HEAD "exec:\n  default: allow\n  deny:\n" deny
#define ENOENT_AT     ", action: errno ENOENT}\n"
#define FINE	      NULL

static const struct {
	const char *name, *text;
	unsigned line;
	const char *says; /* FINE: nothing */
} rows[] = {
	{"two errnos on one path", FILES("    - {paths: [/a]}\n    - {paths: [/a]" ENOENT_AT), 8,
	 "at t.yaml:7"},
	{"on a directory and its own pattern",
	 FILES("    - {paths: [/a/**]}\n    - {paths: [/a]" ENOENT_AT), 8, "equal rank"},
	{"below a directory only: a kill decides on itself",
	 FILES("    - {paths: [/a/**]}\n    - {paths: [/a/**]" ENOENT_AT
	       "    - {paths: [/a], action: kill}\n"),
	 8, "equal rank"},
	{"wildcards of one kind meet",
	 FILES("    - {paths: ['/a*']}\n    - {paths: ['/*b']" ENOENT_AT), 8, "equal rank"},
	{"wildcards of one kind that never meet",
	 FILES("    - {paths: ['/a*']}\n    - {paths: ['/b*']" ENOENT_AT), 0, FINE},
	{"another access",
	 FILES("    - {paths: [/a], access: [read]}\n"
	       "    - {paths: [/a], access: [write]" ENOENT_AT),
	 0, FINE},
	{"literal before partly wild",
	 FILES("    - {paths: [/ab]}\n    - {paths: ['/a*']" ENOENT_AT), 0, FINE},
	{"a stricter one decides",
	 FILES("    - {paths: [/a]}\n    - {paths: [/a]" ENOENT_AT
	       "    - {paths: [/a], action: kill}\n"),
	 0, FINE},
	{"by over none", FILES("    - {paths: [/a]}\n    - {paths: [/a], by: [/x]" ENOENT_AT), 0,
	 FINE},
	{"two errnos by programs that one may be",
	 FILES("    - {paths: [/a], by: ['/x*']}\n    - {paths: [/a], by: ['/*y']" ENOENT_AT), 8,
	 "equal rank"},
	{"two errnos by programs that none is",
	 FILES("    - {paths: [/a], by: ['/x*']}\n    - {paths: [/a], by: ['/y*']" ENOENT_AT), 0,
	 FINE},
	{"one port twice",
	 NETWORK("    - {connect: ['*:80/*']}\n    - {connect: ['*:80/*']" ENOENT_AT), 8,
	 "equal rank"},
	{"ranges that overlap",
	 NETWORK("    - {connect: ['*:80-90/*']}\n"
		 "    - {connect: ['*:85-99/*']" ENOENT_AT),
	 8, "equal rank"},
	{"a range over several others, the last of which has another errno",
	 NETWORK("    - {connect: ['*:80-82/*', '*:84-86/*', '*:80-99/*']}\n"
		 "    - {connect: ['*:88-90/*']" ENOENT_AT),
	 8, "equal rank"},
	{"the same the other way round",
	 NETWORK("    - {connect: ['*:88-90/*']" ENOENT_AT "    - {connect: ['*:80-99/*']}\n"), 8,
	 "equal rank"},
	{"ranges beside each other",
	 NETWORK("    - {connect: ['*:80-90/*']}\n"
		 "    - {connect: ['*:91-99/*']" ENOENT_AT),
	 0, FINE},
	{"ranges that overlap where one port decides",
	 NETWORK("    - {connect: ['*:80-90/*', '*:90/*']}\n"
		 "    - {connect: ['*:90-99/*']" ENOENT_AT),
	 0, FINE},
	{"a protocol over any",
	 NETWORK("    - {connect: ['*:80/tcp']}\n"
		 "    - {connect: ['*:80/*']" ENOENT_AT),
	 0, FINE},
	{"one family twice",
	 NETWORK("    - {socket: [AF_INET]}\n    - {socket: [AF_INET]" ENOENT_AT), 8, "equal rank"},
	{"one family twice, where a type decides",
	 NETWORK("    - {socket: [AF_INET], type: [SOCK_RAW]}\n"
		 "    - {socket: [AF_INET]" ENOENT_AT),
	 0, FINE},
	{"one family twice, where a kill decides",
	 NETWORK("    - {socket: [AF_INET]}\n    - {socket: [AF_INET]" ENOENT_AT
		 "    - {socket: [AF_INET], action: kill}\n"),
	 0, FINE},
	{"one word twice",
	 EXEC("    - anonymous-memory\n    - {paths: [anonymous-memory]" ENOENT_AT), 8,
	 "equal rank"},
	{"listening on a path", NETWORK("    - {listen: ['unix:/a']}\n"), 7, "write bind"},
	{"trap", FILES("    - {paths: [/a], action: trap}\n"), 7, "trap is no verdict"},
	{"a default of kill-thread", HEAD "files: {default: kill-thread}\n", 4,
	 "kill-thread is no verdict"},
	{"no scope", NAMED("t") "files: {default: allow}\n", 0,
	 "policy 't' has no scope, so `load` does not know whom it governs; add scope: {...}"},
	{"syscalls on a host", HEAD "syscalls: {default: allow}\n", 4, "{launched: true}"},
	{"syscalls for launched ones and others",
	 NAMED("t") "scope: {launched: true, users: [0]}\nsyscalls: {default: allow}\n", 4,
	 "{launched: true}"},
	{"syscalls for launched ones",
	 NAMED("t") "scope: {launched: true}\nsyscalls: {default: allow}\n", 0, FINE},
	{"a user who is nobody",
	 NAMED("t") "scope: {users: [nobody-here]}\nfiles: {default: allow}\n", 0, "'nobody-here'"},
	{"too many states",
	 FILES("    - {paths: ['/**/a/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*']}\n"), 0,
	 "states"},
	{"too many rows",
	 FILES("    - {paths: "
	       "['/*a[!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c][!c]']}\n"),
	 0, "16 MiB"},
};

Test(errors, each_at_its_rule)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *texts[] = {rows[i].text, NULL};
		struct made made = make_all(texts, (struct ruleset_options){.partial = false});

		if (!rows[i].says) {
			if (made.error)
				diag_print(made.diag, stderr);
			cr_expect_eq(made.error, 0, "%s", rows[i].name);
		} else {
			cr_expect_eq(made.error, -EINVAL, "%s: %d", rows[i].name, made.error);
			if (!says(made.diag, DIAG_ERROR, rows[i].line, rows[i].says)) {
				diag_print(made.diag, stderr);
				cr_expect(false, "%s", rows[i].name);
			}
		}
		made_clear(&made);
	}
}

Test(errors, partial_goes_ahead_and_tells)
{
	static const struct {
		const char *name, *text, *says;
	} partial[] = {
		{"trap", FILES("    - {paths: [/a], action: trap}\n"),
		 "trap kills the whole process"},
		{"kill-thread", FILES("    - {paths: [/a], action: kill-thread}\n"),
		 "kill-thread kills the whole process"},
		{"listening on a path", NETWORK("    - {listen: ['unix:/a']}\n"), "not enforced"},
		{"syscalls on a host", HEAD "syscalls: {default: allow}\n", "not enforced"},
		{"a user who is nobody",
		 NAMED("t") "scope: {users: [nobody-here, 1]}\nfiles: {default: allow}\n",
		 "not enforced"},
	};

	for (size_t i = 0; i < ARRAY_LEN(partial); i++) {
		const char *texts[] = {partial[i].text, NULL};
		struct made made = make_all(texts, (struct ruleset_options){.partial = true});

		cr_expect_eq(made.error, 0, "%s", partial[i].name);
		cr_expect(says(made.diag, DIAG_WARNING, 0, partial[i].says), "%s", partial[i].name);
		made_clear(&made);
	}
}

/* `count` policies whose files class denies something, each with `by` lists of its own. */
static struct made make_many(unsigned count, unsigned by_lists, bool shared,
			     struct ruleset_options options)
{
	char *texts[80] = {NULL};
	struct made made;

	for (unsigned i = 0; i < count; i++) {
		size_t length;
		FILE *out = open_memstream(&texts[i], &length);

		fprintf(out, NAMED("p%u") "scope: {host: true}\nfiles:\n  default: allow\n", i);
		fputs(by_lists ? "  deny:\n" : "", out);
		for (unsigned j = 0; j < by_lists; j++)
			fprintf(out, "    - {paths: [/a%u], by: [%s%u]}\n", j,
				shared ? "/x" : "/*/", shared ? j : i * by_lists + j);
		fclose(out);
	}
	made = make_all((const char *const *)texts, options);
	for (unsigned i = 0; i < count; i++)
		free(texts[i]);
	return made;
}

Test(errors, limits_of_places_and_policies)
{
	static const struct {
		const char *name;
		unsigned policies, by_lists;
		bool shared;
		uint64_t busy;
		const char *says;
	} limits[] = {
		{"64 policies", 64, 0, false, 0, FINE},
		{"65 policies", 65, 0, false, 0, "at most 64"},
		{"a bit that tasks still carry", 64, 0, false, 1ull << 5, "purged"},
		{"as many as are free", 63, 0, false, 1ull << 5, FINE},
		{"63 lists, none of which meet", 1, 63, true, 0, FINE},
		{"64 lists are 65 places", 1, 64, true, 0, "'p0' takes 65 for 64 lists of `by`"},
		{"65 lists", 1, 65, true, 0, "more than 64 different lists"},
		{"the same lists in several policies", 4, 15, true, 0, FINE},
		{"policies that take too many together", 3, 30, true, 0,
		 "'p1' takes 31 for 30 lists of `by`; 'p2' takes 31"},
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct made made =
			make_many(limits[i].policies, limits[i].by_lists, limits[i].shared,
				  (struct ruleset_options){.busy = limits[i].busy});

		cr_expect_eq(made.error, limits[i].says ? -EINVAL : 0, "%s", limits[i].name);
		if (limits[i].says && !says(made.diag, DIAG_ERROR, 0, limits[i].says)) {
			diag_print(made.diag, stderr);
			cr_expect(false, "%s", limits[i].name);
		}
		made_clear(&made);
	}
}

Test(errors, two_policies_of_one_name)
{
	static const char *const texts[] = {HEAD "files: {default: allow}\n",
					    HEAD "files: {default: deny}\n", NULL};
	struct made made = make_all(texts, (struct ruleset_options){.partial = false});

	cr_expect_eq(made.error, -EINVAL);
	cr_expect(says(made.diag, DIAG_ERROR, 0, "'t' is there already"));
	made_clear(&made);
}
