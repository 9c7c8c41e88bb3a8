/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that a kind was judged by, as its files are now. A store knows the policy's name and the
 * file and line of the rule, as they were given to who read the policy; not the policy's own file, where an
 * included one had the rule. So it is looked for, and a file is taken only where that name stands in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/image.h"
#include "room.h"

#define PATH_BYTES 4096

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* 0: it is the kind's. -ESRCH: there is none, or it is another policy. Else its mistakes are in diag. */
static int try_file(const char *path, const struct store_kind *kind, struct diag *diag,
		    struct policy_files **ret_files)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	CLEANUP(policy_freep) struct policy *policy = NULL;
	int r = policy_files_new(&files);

	if (r == 0)
		r = policy_read_files(path, diag, files, &policy);
	if (r == 0 && kind->policy && strcmp(policy->name, kind->policy) != 0)
		return -ESRCH;
	if (r == 0)
		*ret_files = STEAL(files);
	return r;
}

static int given_file(const char *path, const struct store_kind *kind, struct diag *diag,
		      struct policy_files **ret_files)
{
	CLEANUP(image_freep) struct image *image = NULL;
	int r = image_read(path, NULL, &image);

	if (r != -ENOEXEC) {
		diag_error(diag, NULL,
			   "%s is a compiled policy; give the file that it was compiled from",
			   path);
		return -EINVAL;
	}
	r = try_file(path, kind, diag, ret_files);
	if (r == -ESRCH) {
		diag_error(diag, NULL, "%s is another policy: this was seen under %s", path,
			   kind->policy);
		r = -EINVAL;
	}
	return r;
}

/* The i-th place to look; NULL: it does not apply, and *ret_end: nor does any other. */
static const char *place_to_look(const struct store_kind *kind, unsigned i, char path[PATH_BYTES],
				 bool *ret_end)
{
	const char *rule = kind->rule_file, *name = kind->policy;
	size_t directory = rule ? (size_t)(last_part(rule) - rule) : 0;
	bool shipped = rule && strncmp(rule, "shipped/", 8) == 0;
	int n = 0;

	*ret_end = i >= 3;
	if (i == 0 && rule && !shipped) {
		n = snprintf(path, PATH_BYTES, "%s%s", strchr(rule, '/') ? "" : "./", rule);
	} else if (i == 1 && rule && !shipped && name) {
		/* Beside a file that it includes. */
		n = snprintf(path, PATH_BYTES, "%.*s%s.yaml", (int)directory,
			     directory ? rule : "./", name);
	} else if (i == 2 && name && !strchr(name, '/')) {
		n = snprintf(path, PATH_BYTES, "%s", name);
		return n < PATH_BYTES ? path : NULL; /* a word: no file of just that name */
	}
	return n > 0 && n < PATH_BYTES && access(path, F_OK) == 0 ? path : NULL;
}

static int find_file(const struct store_kind *kind, struct diag *diag,
		     struct policy_files **ret_files)
{
	char path[PATH_BYTES], first[PATH_BYTES] = "";
	const char *at;
	bool end = false;
	int r = -ESRCH, tried;

	for (unsigned i = 0; !end && r != 0 && r != -ENOMEM; i++) {
		at = place_to_look(kind, i, path, &end);
		tried = at ? try_file(at, kind, NULL, ret_files) : -ESRCH;
		if (tried == 0 || tried == -ENOMEM)
			r = tried;
		else if (tried != -ESRCH && i < 2 && !*first)
			snprintf(first, sizeof(first), "%s", path);
	}
	if (r != -ESRCH)
		return r;
	if (*first) { /* once more, for what is wrong with it */
		r = try_file(first, kind, diag, ret_files);
		if (r == 0 || r == -ENOMEM)
			return r;
	}
	diag_error(diag, NULL,
		   "the file of policy %s is not found from here%s%s; name it with --policy-file",
		   kind->policy ? kind->policy : "-", kind->rule_file ? ": the rule was in " : "",
		   kind->rule_file ? kind->rule_file : "");
	return -ENOENT;
}

int judged_find(const struct store_kind *kind, const char *policy_file, struct diag *diag,
		struct policy_files **ret_files)
{
	return policy_file ? given_file(policy_file, kind, diag, ret_files)
			   : find_file(kind, diag, ret_files);
}

bool judged_same(const struct store_kind *kind, const struct suggest_place *place)
{
	/* The same file has other names from other directories. */
	return kind->rule_file && !place->allowed && place->line == kind->rule_line &&
	       strcmp(last_part(place->file), last_part(kind->rule_file)) == 0;
}
