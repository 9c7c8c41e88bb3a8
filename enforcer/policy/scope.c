/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a policy that is loaded on a host governs. */
#include <string.h>

#include "policy_internal.h"

/* A user's name or number; it is looked up where the policy is applied. */
static bool check_user(struct reader *r, const struct doc_node *node)
{
	bool negative;
	uint64_t id;
	int is;

	if (!is_scalar(r, node, "a user"))
		return false;
	if (node->text[0] >= '0' && node->text[0] <= '9') {
		is = read_number(r, node, node->text, node->length, &id, &negative);
		if (is > 0 && id >= UINT32_MAX)
			REFUSE(r, node, "%.20s is no user's number; the greatest is %u", node->text,
			       UINT32_MAX - 1);
		return is > 0 && id < UINT32_MAX;
	}
	for (size_t i = 0; i < node->length; i++) {
		unsigned char c = (unsigned char)node->text[i];

		if (c > ' ' && c != ':' && c != '/' && c != 0x7f && node->length <= 256 &&
		    node->text[0] != '-')
			continue;
		REFUSE(r, node, "'%.100s' is no user's name", node->text);
		return false;
	}
	return true;
}

static const char *const *read_users(struct reader *r, const struct doc_node *node,
				     uint32_t *ret_count)
{
	const char **users;
	bool good = true;
	size_t count, i;

	if (!is_list(r, node, "users", &count))
		return NULL;
	users = reader_alloc(r, count, sizeof(*users));
	for (i = 0; users && i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (check_user(r, item))
			users[i] = reader_copy(r, item->text, item->length);
		else
			good = false;
	}
	*ret_count = (uint32_t)count;
	return good ? users : NULL;
}

void read_scope(struct reader *r, const struct doc_node *node, struct policy_scope *ret_scope)
{
	static const char *const keys[] = {"cgroups",  "executables", "users",
					   "launched", "host",	      NULL};
	struct policy_scope scope = {.present = true};
	size_t before = r->errors;

	if (node->type != DOC_MAPPING) {
		REFUSE(r, node, "scope must be a mapping, as {users: [www-data]}");
		return;
	}
	check_keys(r, node, keys, false);
	for (size_t i = 0; i < node->count; i++) {
		const char *key = node->keys[i]->text;
		const struct doc_node *value = node->items[i];

		if (strcmp(key, "cgroups") == 0)
			scope.cgroups = read_patterns(r, value, "a cgroup", &scope.n_cgroups);
		else if (strcmp(key, "executables") == 0)
			scope.executables =
				read_patterns(r, value, "an executable", &scope.n_executables);
		else if (strcmp(key, "users") == 0)
			scope.users = read_users(r, value, &scope.n_users);
		else if (strcmp(key, "launched") == 0)
			read_bool(r, value, key, &scope.launched);
		else if (strcmp(key, "host") == 0)
			read_bool(r, value, key, &scope.host);
	}
	if (r->errors == before && !scope.n_cgroups && !scope.n_executables && !scope.n_users &&
	    !scope.launched && !scope.host)
		REFUSE(r, node,
		       "this scope selects no task; name cgroups, executables or users, or "
		       "write launched: true or host: true");
	*ret_scope = scope;
}
