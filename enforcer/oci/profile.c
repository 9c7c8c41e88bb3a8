/* SPDX-License-Identifier: Apache-2.0 */
/* JSON -> the rules of a profile that hold for one container, architecture and kernel. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define WHERE_SIZE 64

struct word {
	const char *name;
	unsigned value;
};

static const struct word action_words[] = {
	{"SCMP_ACT_ALLOW", OCI_ALLOW},
	{"SCMP_ACT_ERRNO", OCI_ERRNO},
	{"SCMP_ACT_KILL", OCI_KILL_THREAD}, /* as libseccomp has it */
	{"SCMP_ACT_KILL_THREAD", OCI_KILL_THREAD},
	{"SCMP_ACT_KILL_PROCESS", OCI_KILL_PROCESS},
	{"SCMP_ACT_LOG", OCI_LOG},
	{"SCMP_ACT_NOTIFY", OCI_NOTIFY},
	{"SCMP_ACT_TRACE", OCI_TRACE},
	{"SCMP_ACT_TRAP", OCI_TRAP},
};

static const struct word op_words[] = {
	{"SCMP_CMP_NE", OCI_NE},
	{"SCMP_CMP_LT", OCI_LT},
	{"SCMP_CMP_LE", OCI_LE},
	{"SCMP_CMP_EQ", OCI_EQ},
	{"SCMP_CMP_GE", OCI_GE},
	{"SCMP_CMP_GT", OCI_GT},
	{"SCMP_CMP_MASKED_EQ", OCI_MASKED_EQ},
};

static const char *const top_keys[] = {
	"defaultAction", "defaultErrnoRet", "defaultErrno",	"architectures", "archMap",
	"flags",	 "listenerPath",    "listenerMetadata", "syscalls",	 NULL};
static const char *const rule_keys[] = {"name", "names",   "action",   "errnoRet", "errno",
					"args", "comment", "includes", "excludes", NULL};
static const char *const arg_keys[] = {"index", "value", "valueTwo", "op", NULL};
static const char *const when_keys[] = {"arches", "caps", "minKernel", NULL};

static void check_keys(const struct oci_reader *reader, const json_t *object, const char *where,
		       const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		size_t i;

		for (i = 0; known[i] && strcmp(known[i], key) != 0; i++)
			;
		if (!known[i])
			oci_warn(reader, "%s%s%.64s is not a member of a profile; ignored", where,
				 *where ? "." : "", key);
	}
}

/* A word out of a table, e.g. SCMP_ACT_ALLOW. */
static bool read_word(const struct oci_reader *reader, const json_t *object, const char *where,
		      const char *key, const struct word *words, size_t count, unsigned *ret_value)
{
	const char *known[16], *near, *given;
	const json_t *value;

	if (!oci_member(reader, object, where, key, JSON_STRING, &value))
		return false;
	if (!value) {
		oci_error(reader, "%s%s%s is missing; it is one of %s, %s ...", where,
			  *where ? "." : "", key, words[0].name, words[1].name);
		return false;
	}
	given = json_string_value(value);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].name, given) == 0) {
			*ret_value = words[i].value;
			return true;
		}
		known[i] = words[i].name;
	}
	if (!names_nearest_of(known, count, given, &near, 1))
		near = words[0].name;
	oci_error(reader, "%s%s%s: unknown word %.64s; the nearest is %s", where, *where ? "." : "",
		  key, given, near);
	return false;
}

/* Podman's profiles name the errno beside its number, and the name decides. */
static bool read_errno_name(const struct oci_reader *reader, const json_t *object,
			    const char *where, const char *key, uint64_t *value, bool *given)
{
	const json_t *text;
	int number;
	char *end;

	if (!oci_member(reader, object, where, key, JSON_STRING, &text))
		return false;
	if (!text || !*json_string_value(text))
		return true;
	if (names_errno_value(json_string_value(text), &number) < 0) {
		unsigned long parsed = strtoul(json_string_value(text), &end, 10);

		if (*end || parsed > UINT16_MAX) {
			oci_error(reader, "%s%s%s: unknown errno %.32s", where, *where ? "." : "",
				  key, json_string_value(text));
			return false;
		}
		number = (int)parsed;
	}
	if (*given && *value != (uint64_t)number)
		oci_warn(reader, "%s%s%s and its number differ: the name decides, as for Podman",
			 where, *where ? "." : "", key);
	*value = (uint64_t)number;
	*given = true;
	return true;
}

static bool read_action(const struct oci_reader *reader, const json_t *object, const char *where,
			const char *const keys[3], struct oci_action *ret_action)
{
	unsigned verdict;
	uint64_t number;
	bool given;

	if (!read_word(reader, object, where, keys[0], action_words, ARRAY_LEN(action_words),
		       &verdict) ||
	    !oci_unsigned(reader, object, where, keys[1], UINT64_MAX, &number))
		return false;
	given = number != UINT64_MAX;
	if (!read_errno_name(reader, object, where, keys[2], &number, &given))
		return false;
	if (!given)
		number = EPERM;
	*ret_action = (struct oci_action){.verdict = verdict};
	if (verdict == OCI_ERRNO || verdict == OCI_TRACE)
		ret_action->data = number & 0xffff; /* what runc passes on */
	return true;
}

/* "4.8", also with more behind it. */
static bool read_version(const char *text, unsigned ret_version[2])
{
	unsigned long part[2];
	char *end;

	for (int i = 0; i < 2; i++) {
		if (*text < '0' || *text > '9')
			return false;
		errno = 0;
		part[i] = strtoul(text, &end, 10);
		if (errno || part[i] > 65535 || (i == 0 && *end != '.'))
			return false;
		text = end + 1;
	}
	if (*end && *end != '.' && *end != '-')
		return false;
	ret_version[0] = (unsigned)part[0];
	ret_version[1] = (unsigned)part[1];
	return true;
}

static bool contains(const char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

/* Docker compares whole names: one without CAP_ is a capability that no container has. */
static bool has_cap(const struct oci_options *options, const char *name)
{
	unsigned cap;

	return strncmp(name, "CAP_", 4) == 0 && names_cap_value(name, &cap) == 0 &&
	       (options->caps >> cap & 1);
}

/* What `includes` or `excludes` asks, and how it stands. */
struct when {
	bool arches, arch_named;
	size_t caps, caps_held;
	bool kernel, kernel_reached;
};

static void add_words(FILE *note, const char *intro, const char *const *list, size_t count)
{
	if (count)
		fprintf(note, "%s%s", ftell(note) ? ", " : "", intro);
	for (size_t i = 0; i < count; i++)
		fprintf(note, "%s %s", i ? "," : "", list[i]);
}

static bool read_when(const struct oci_reader *reader, const struct oci_profile *profile,
		      const json_t *rule, const char *rule_where, bool includes, FILE *note,
		      struct when *ret_when)
{
	const char *const *arches, *const *caps, *version,
		*key = includes ? "includes" : "excludes";
	const unsigned *have = reader->options->kernel;
	unsigned want[2];
	size_t n_arches, n_caps;
	const json_t *object, *kernel;
	char where[2 * WHERE_SIZE];

	*ret_when = (struct when){0};
	if (!oci_member(reader, rule, rule_where, key, JSON_OBJECT, &object))
		return false;
	if (!object)
		return true;
	snprintf(where, sizeof(where), "%s.%s", rule_where, key);
	check_keys(reader, object, where, when_keys);
	if (!oci_strings(reader, object, where, "arches", &arches, &n_arches) ||
	    !oci_strings(reader, object, where, "caps", &caps, &n_caps) ||
	    !oci_member(reader, object, where, "minKernel", JSON_STRING, &kernel))
		return false;
	ret_when->arches = n_arches;
	ret_when->arch_named = contains(arches, n_arches, oci_host_arch(profile->archs));
	ret_when->caps = n_caps;
	for (size_t i = 0; i < n_caps; i++)
		ret_when->caps_held += has_cap(reader->options, caps[i]);
	add_words(note, includes ? "on" : "not on", arches, n_arches);
	add_words(note, includes ? "with" : "without", caps, n_caps);
	version = kernel ? json_string_value(kernel) : "";
	if (!*version)
		return true;
	if (!read_version(version, want)) {
		oci_error(reader, "%s.minKernel: %.32s is no version; such as 4.8", where, version);
		return false;
	}
	ret_when->kernel = true;
	ret_when->kernel_reached = have[0] > want[0] || (have[0] == want[0] && have[1] >= want[1]);
	add_words(note, includes ? "from kernel" : "before kernel", &version, 1);
	return true;
}

/* Includes want all their capabilities, excludes are met by any of theirs. */
static bool rule_holds(const struct when *includes, const struct when *excludes)
{
	if (excludes->arch_named || excludes->caps_held || excludes->kernel_reached)
		return false;
	return (!includes->arches || includes->arch_named) &&
	       includes->caps_held == includes->caps &&
	       (!includes->kernel || includes->kernel_reached);
}

/* The comment to stand above the rule: the profile's own, then what the rule depended on. */
static bool read_comment(const struct oci_reader *reader, const json_t *rule, const char *where,
			 const char *note, const char **ret_comment)
{
	const json_t *comment;
	const char *text;

	if (!oci_member(reader, rule, where, "comment", JSON_STRING, &comment))
		return false;
	text = comment ? json_string_value(comment) : "";
	if (!*text && !*note) {
		*ret_comment = NULL;
		return true;
	}
	*ret_comment =
		arena_printf(reader->arena, "%s%s%s", text, *text && *note ? "; " : "", note);
	return *ret_comment != NULL;
}

static bool read_holds(const struct oci_reader *reader, const struct oci_profile *profile,
		       const json_t *rule, const char *where, bool *ret_holds,
		       const char **ret_comment)
{
	CLEANUP(free_ptr) char *note = NULL;
	struct when includes, excludes;
	size_t length;
	FILE *out = open_memstream(&note, &length);
	bool ok;

	if (!out)
		return false;
	ok = read_when(reader, profile, rule, where, true, out, &includes) &&
	     read_when(reader, profile, rule, where, false, out, &excludes);
	if (fclose(out) != 0 || !ok)
		return false;
	*ret_holds = rule_holds(&includes, &excludes);
	return read_comment(reader, rule, where, note, ret_comment);
}

static bool read_cond(const struct oci_reader *reader, const json_t *object, const char *where,
		      struct oci_cond *ret_cond)
{
	uint64_t index;
	unsigned op;

	if (!json_is_object(object)) {
		oci_error(reader, "%s must be an object", where);
		return false;
	}
	check_keys(reader, object, where, arg_keys);
	if (!oci_unsigned(reader, object, where, "index", 0, &index) ||
	    !oci_unsigned(reader, object, where, "value", 0, &ret_cond->value) ||
	    !oci_unsigned(reader, object, where, "valueTwo", 0, &ret_cond->value_two) ||
	    !read_word(reader, object, where, "op", op_words, ARRAY_LEN(op_words), &op))
		return false;
	if (index >= CALL_ARGS) {
		oci_error(reader, "%s.index is %" PRIu64 "; a call has arguments 0 to 5", where,
			  index);
		return false;
	}
	ret_cond->arg = (unsigned)index;
	ret_cond->op = op;
	return true;
}

static bool read_conds(const struct oci_reader *reader, const json_t *rule, const char *rule_where,
		       struct oci_rule *ret_rule)
{
	unsigned seen[CALL_ARGS] = {0};
	const json_t *args, *item;
	struct oci_cond *conds;
	char where[2 * WHERE_SIZE];
	size_t i;

	if (!oci_member(reader, rule, rule_where, "args", JSON_ARRAY, &args))
		return false;
	if (!args || !json_array_size(args))
		return true;
	conds = arena_alloc(reader->arena, json_array_size(args), sizeof(*conds));
	if (!conds) {
		oci_error(reader, "out of memory at %s.args", rule_where);
		return false;
	}
	json_array_foreach(args, i, item)
	{
		snprintf(where, sizeof(where), "%s.args[%zu]", rule_where, i);
		if (!read_cond(reader, item, where, &conds[i]))
			return false;
		ret_rule->alternatives |= seen[conds[i].arg]++ > 0;
	}
	ret_rule->conds = conds;
	ret_rule->n_conds = json_array_size(args);
	return true;
}

static bool read_names(const struct oci_reader *reader, const json_t *rule, const char *where,
		       struct oci_rule *ret_rule)
{
	const json_t *name;
	const char **one;

	if (!oci_strings(reader, rule, where, "names", &ret_rule->names, &ret_rule->n_names) ||
	    !oci_member(reader, rule, where, "name", JSON_STRING, &name))
		return false;
	if (!name || !*json_string_value(name))
		return true;
	if (ret_rule->n_names) {
		oci_error(reader, "%s has both name and names; Docker takes one of them", where);
		return false;
	}
	one = arena_alloc(reader->arena, 1, sizeof(*one));
	if (!one)
		return false;
	one[0] = json_string_value(name);
	ret_rule->names = one;
	ret_rule->n_names = 1;
	return true;
}

/* Reads one rule; it is kept when it holds for this container. */
static bool read_rule(const struct oci_reader *reader, const json_t *object, size_t index,
		      struct oci_profile *profile)
{
	static const char *const keys[] = {"action", "errnoRet", "errno"};
	struct oci_rule rule = {0};
	char where[WHERE_SIZE];
	bool holds;

	snprintf(where, sizeof(where), "syscalls[%zu]", index);
	if (!json_is_object(object)) {
		oci_error(reader, "%s must be an object", where);
		return false;
	}
	check_keys(reader, object, where, rule_keys);
	if (!read_names(reader, object, where, &rule) ||
	    !read_action(reader, object, where, keys, &rule.action) ||
	    !read_conds(reader, object, where, &rule) ||
	    !read_holds(reader, profile, object, where, &holds, &rule.comment))
		return false;
	if (holds)
		profile->rules[profile->n_rules++] = rule;
	return true;
}

static int read_rules(const struct oci_reader *reader, const json_t *root,
		      struct oci_profile *profile)
{
	const json_t *rules, *item;
	bool ok = true;
	size_t i;

	if (!oci_member(reader, root, "", "syscalls", JSON_ARRAY, &rules))
		return -EINVAL;
	if (!rules || !json_array_size(rules))
		return 0;
	if (json_array_size(rules) > OCI_MAX_RULES) {
		oci_error(reader, "syscalls has more than %u rules; this is the limit",
			  OCI_MAX_RULES);
		return -EINVAL;
	}
	profile->rules =
		arena_alloc(reader->arena, json_array_size(rules), sizeof(*profile->rules));
	if (!profile->rules)
		return -ENOMEM;
	json_array_foreach(rules, i, item) ok &= read_rule(reader, item, i, profile);
	return ok ? 0 : -EINVAL;
}

static int read_extras(const struct oci_reader *reader, const json_t *root)
{
	const char *const *flags;
	const json_t *path, *metadata;
	size_t count;

	if (!oci_strings(reader, root, "", "flags", &flags, &count) ||
	    !oci_member(reader, root, "", "listenerPath", JSON_STRING, &path) ||
	    !oci_member(reader, root, "", "listenerMetadata", JSON_STRING, &metadata))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		oci_warn(reader, "not carried: flag %.64s; bailiff chooses the filter's flags",
			 flags[i]);
	if (path && *json_string_value(path))
		oci_warn(reader, "not carried: listenerPath; bailiff is its own listener");
	if (metadata && *json_string_value(metadata))
		oci_warn(reader, "not carried: listenerMetadata");
	return 0;
}

int oci_profile_read(const struct oci_reader *reader, const json_t *root,
		     struct oci_profile *ret_profile)
{
	static const char *const keys[] = {"defaultAction", "defaultErrnoRet", "defaultErrno"};
	struct oci_profile profile = {.arena = reader->arena};
	int r, extras;

	check_keys(reader, root, "", top_keys);
	r = oci_archs_read(reader, root, profile.archs);
	extras = read_extras(reader, root);
	if (!read_action(reader, root, "", keys, &profile.deny))
		r = -EINVAL;
	if (r < 0 || extras < 0)
		return -EINVAL;
	r = read_rules(reader, root, &profile);
	if (r < 0)
		return r;
	*ret_profile = profile;
	return 0;
}
