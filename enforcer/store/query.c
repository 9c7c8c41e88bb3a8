/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter chooses, as SQL. Everything that comes from outside is bound, never written into it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

/* killed, denied, would-deny, audited */
#define BADNESS "CASE verdict WHEN 2 THEN 0 WHEN 1 THEN 1 WHEN 3 THEN 2 ELSE 3 END"

static const struct {
	const char *name, *columns;
} keys[STORE_KEYS] = {
	[STORE_KEY_POLICY] = {"policy", "policy"},
	[STORE_KEY_RULE] = {"rule", "rule_file, rule_line"},
	[STORE_KEY_CLASS] = {"class", "class"},
	[STORE_KEY_VERDICT] = {"verdict", "verdict"},
	[STORE_KEY_PLANE] = {"plane", "plane"},
	[STORE_KEY_OPERATION] = {"operation", "operation"},
	[STORE_KEY_OBJECT] = {"object", "object"},
	[STORE_KEY_EXE] = {"exe", "exe"},
	[STORE_KEY_CONTAINER] = {"container", "container"},
	[STORE_KEY_ERROR] = {"error", "error"},
	[STORE_KEY_HOST] = {"host", "host"},
};

const char *store_key_name(enum store_key key)
{
	return keys[key].name;
}

bool store_key_find(const char *name, size_t length, enum store_key *ret_key)
{
	for (int i = 0; i < STORE_KEYS; i++)
		if (strlen(keys[i].name) == length && memcmp(keys[i].name, name, length) == 0) {
			*ret_key = (enum store_key)i;
			return true;
		}
	return false;
}

void query_add(struct query *query, const char *format, ...)
{
	size_t room = sizeof(query->sql) - query->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(query->sql + query->length, room, format, args);
	va_end(args);
	/* Too long is a mistake in this room; a statement that is cut is not prepared. */
	query->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* The next parameter, written as ?N. */
static void add_number(struct query *query, int64_t number)
{
	query->values[query->n_values].text = NULL;
	query->values[query->n_values].number = number;
	query_add(query, "?%d", ++query->n_values);
}

static void add_text(struct query *query, const char *column, const char *text)
{
	if (!text)
		return;
	query->values[query->n_values].text = text;
	query_add(query, " AND k.%s = ?%d", column, query->n_values + 1);
	query->n_values++;
}

void query_where(struct query *query, const struct store_filter *filter)
{
	query_add(query, " WHERE true");
	if (filter->since) {
		query_add(query, " AND k.last >= ");
		add_number(query, filter->since);
	}
	if (filter->until) {
		query_add(query, " AND k.first < ");
		add_number(query, filter->until);
	}
	add_text(query, "policy", filter->policy);
	add_text(query, "exe", filter->exe);
	add_text(query, "container", filter->container);
	add_text(query, "host", filter->host);
	if (filter->verdict) {
		query_add(query, " AND k.verdict = ");
		add_number(query, filter->verdict);
	}
	if (filter->only_new)
		query_add(query, " AND (k.acked_at = 0 OR k.count > k.acked_count)");
}

static void add_hours(struct query *query, const struct store_filter *filter, const char *column)
{
	const int64_t hour = STORE_NS * STORE_HOUR;

	if (filter->since) {
		query_add(query, " AND %s >= ", column);
		add_number(query, filter->since / hour);
	}
	if (filter->until) {
		query_add(query, " AND %s <= ", column);
		add_number(query, (filter->until - 1) / hour);
	}
}

void query_count(struct query *query, const struct store_filter *filter)
{
	if (!filter->since && !filter->until) {
		query_add(query, "k.count");
		return;
	}
	query_add(query, "(SELECT total(n) FROM counts WHERE kind = k.id");
	add_hours(query, filter, "hour");
	query_add(query, ")");
}

/* In a group, what all have in common, else NULL. */
static void add_column(struct query *query, const char *column, bool group, bool number)
{
	if (!group)
		query_add(query, ", %s", column);
	else if (number)
		query_add(query, ", CASE WHEN min(%s) = max(%s) THEN min(%s) ELSE 0 END", column,
			  column, column);
	else
		query_add(query,
			  ", CASE WHEN count(%s) = count(*) AND min(%s) = max(%s) THEN min(%s) END",
			  column, column, column, column);
}

void kind_columns(struct query *query, const struct store_filter *filter)
{
	static const char *const numbers[] = {"rule_line", "class", "verdict", "error"};
	static const char *const texts[] = {"policy",	 "rule_file", "why", "plane",
					    "operation", "object",    "exe", "container",
					    "host",	 "note"};
	bool group = filter->by != 0;

	query_add(query, group ? "SELECT min(id), count(*), total(n), min(first), max(last), "
				 "total(count), min(acked_at), total(acked_count)"
			       : "SELECT id, 1, n, first, last, count, acked_at, acked_count");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		add_column(query, numbers[i], group, true);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		add_column(query, texts[i], group, false);
}

static void add_order(struct query *query, const struct store_filter *filter)
{
	static const char *const orders[][2] = {
		[STORE_WORST] = {BADNESS ", n DESC, id",
				 "min(" BADNESS "), total(n) DESC, min(id)"},
		[STORE_MOST] = {"n DESC, id", "total(n) DESC, min(id)"},
		[STORE_NEWEST] = {"last DESC, id", "max(last) DESC, min(id)"},
		[STORE_OLDEST] = {"first, id", "min(first), min(id)"},
		[STORE_IDS] = {"id", "min(id)"},
	};
	const char *comma = " GROUP BY ";

	for (int i = 0; i < STORE_KEYS; i++)
		if (filter->by & 1u << i) {
			query_add(query, "%s%s", comma, keys[i].columns);
			comma = ", ";
		}
	query_add(query, " ORDER BY %s", orders[filter->order][filter->by != 0]);
	if (filter->limit || filter->skip) {
		query_add(query, " LIMIT ");
		add_number(query, filter->limit ? (int64_t)filter->limit : -1);
		query_add(query, " OFFSET ");
		add_number(query, (int64_t)filter->skip);
	}
}

int query_prepare(struct store *store, const struct query *query, sqlite3_stmt **ret_stmt)
{
	int code = store->db ? sqlite3_prepare_v2(store->db, query->sql, -1, ret_stmt, NULL)
			     : SQLITE_MISUSE;

	for (int i = 0; i < query->n_values && code == SQLITE_OK; i++) {
		if (query->values[i].text)
			bind_text(*ret_stmt, i + 1, query->values[i].text);
		else
			sqlite3_bind_int64(*ret_stmt, i + 1, query->values[i].number);
	}
	return code;
}

const char *column_text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

uint64_t column_count(sqlite3_stmt *stmt, int column)
{
	int64_t value = sqlite3_column_int64(stmt, column);

	return value > 0 ? (uint64_t)value : 0;
}

void kind_read(sqlite3_stmt *stmt, struct store_kind *ret_kind)
{
	int class = sqlite3_column_int(stmt, 9), verdict = sqlite3_column_int(stmt, 10);
	int64_t line = sqlite3_column_int64(stmt, 8), error = sqlite3_column_int64(stmt, 11);

	*ret_kind = (struct store_kind){
		.id = sqlite3_column_int64(stmt, 0),
		.kinds = column_count(stmt, 1),
		.count = column_count(stmt, 2),
		.first = sqlite3_column_int64(stmt, 3),
		.last = sqlite3_column_int64(stmt, 4),
		.total = column_count(stmt, 5),
		.acked_at = sqlite3_column_int64(stmt, 6),
		.acked_count = column_count(stmt, 7),
		.rule_line = line > 0 && line <= UINT32_MAX ? (unsigned)line : 0,
		/* Only a file of others' making has numbers that mean nothing. */
		.class = class > 0 && class < CLASS_END ? (enum policy_class) class : 0,
		.verdict =
			verdict > 0 && verdict <= VERDICT_AUDITED ? (enum event_verdict)verdict : 0,
		.error = error > 0 && error < 4096 ? (int)error : 0,
		.policy = column_text(stmt, 12),
		.rule_file = column_text(stmt, 13),
		.why = column_text(stmt, 14),
		.plane = column_text(stmt, 15),
		.operation = column_text(stmt, 16),
		.object = column_text(stmt, 17),
		.exe = column_text(stmt, 18),
		.container = column_text(stmt, 19),
		.host = column_text(stmt, 20),
		.note = column_text(stmt, 21),
	};
}

int store_kinds(struct store *store, const struct store_filter *filter, store_each_kind *each,
		void *context, struct diag *diag)
{
	struct query query = {.length = 0};
	struct store_kind kind;
	sqlite3_stmt *stmt = NULL;
	int code, r = 0;

	kind_columns(&query, filter);
	query_add(&query, " FROM (SELECT k.*, ");
	query_count(&query, filter);
	query_add(&query, " AS n FROM kinds k");
	query_where(&query, filter);
	query_add(&query, ") WHERE n > 0");
	add_order(&query, filter);
	code = query_prepare(store, &query, &stmt);
	while (code == SQLITE_OK && r == 0) {
		code = sqlite3_step(stmt);
		if (code != SQLITE_ROW)
			break;
		code = SQLITE_OK;
		kind_read(stmt, &kind);
		r = each(context, &kind);
	}
	if (code != SQLITE_OK && code != SQLITE_DONE)
		r = store_failed(store, "read", diag);
	sqlite3_finalize(stmt);
	return r;
}

static int sum_losses(struct store *store, const struct store_filter *filter, uint64_t *ret_lost)
{
	struct query query = {.length = 0};
	sqlite3_stmt *stmt = NULL;
	int code;

	query_add(&query, "SELECT total(n) FROM lost WHERE true");
	add_hours(&query, filter, "hour");
	code = query_prepare(store, &query, &stmt);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*ret_lost = column_count(stmt, 0);
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

int store_summarize(struct store *store, const struct store_filter *filter, struct diag *diag,
		    struct store_summary *ret_summary)
{
	struct store_summary summary = {.policies = 0};
	struct query query = {.length = 0};
	sqlite3_stmt *stmt = NULL;
	int code;

	query_add(&query, "SELECT count(DISTINCT policy), count(*), "
			  "count(*) FILTER (WHERE acked_at = 0 OR count > acked_count), total(n), "
			  "min(first), max(last)");
	for (int i = 1; i <= VERDICT_AUDITED; i++)
		query_add(&query, ", total(n) FILTER (WHERE verdict = %d)", i);
	query_add(&query, " FROM (SELECT k.*, ");
	query_count(&query, filter);
	query_add(&query, " AS n FROM kinds k");
	query_where(&query, filter);
	query_add(&query, ") WHERE n > 0");
	code = query_prepare(store, &query, &stmt);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		summary.policies = column_count(stmt, 0);
		summary.kinds = column_count(stmt, 1);
		summary.new_kinds = column_count(stmt, 2);
		summary.violations = column_count(stmt, 3);
		summary.first = sqlite3_column_int64(stmt, 4);
		summary.last = sqlite3_column_int64(stmt, 5);
		for (int i = 1; i <= VERDICT_AUDITED; i++)
			summary.of_verdict[i] = column_count(stmt, 5 + i);
	}
	sqlite3_finalize(stmt);
	if (code != SQLITE_ROW || sum_losses(store, filter, &summary.lost) != SQLITE_OK)
		return store_failed(store, "read", diag);
	*ret_summary = summary;
	return 0;
}

int store_hours(struct store *store, const struct store_filter *filter, store_each_hour *each,
		void *context, struct diag *diag)
{
	struct query query = {.length = 0};
	sqlite3_stmt *stmt = NULL;
	int code, r = 0;

	query_add(&query, "SELECT c.hour, k.verdict, total(c.n) FROM kinds k "
			  "CROSS JOIN counts c ON c.kind = k.id");
	query_where(&query, filter);
	add_hours(&query, filter, "c.hour");
	query_add(&query, " GROUP BY c.hour, k.verdict ORDER BY c.hour, k.verdict");
	code = query_prepare(store, &query, &stmt);
	while (code == SQLITE_OK && r == 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		int verdict = sqlite3_column_int(stmt, 1);

		code = SQLITE_OK;
		r = each(context, sqlite3_column_int64(stmt, 0),
			 verdict > 0 && verdict <= VERDICT_AUDITED ? (enum event_verdict)verdict
								   : 0,
			 column_count(stmt, 2));
	}
	if (code != SQLITE_OK && code != SQLITE_DONE)
		r = store_failed(store, "read", diag);
	sqlite3_finalize(stmt);
	return r;
}

int store_losses(struct store *store, const struct store_filter *filter, store_each_loss *each,
		 void *context, struct diag *diag)
{
	struct query query = {.length = 0};
	sqlite3_stmt *stmt = NULL;
	int code, r = 0;

	query_add(&query, "SELECT kind, total(n), min(hour), max(hour) FROM lost WHERE true");
	add_hours(&query, filter, "hour");
	query_add(&query, " GROUP BY kind ORDER BY 2 DESC, 1");
	code = query_prepare(store, &query, &stmt);
	while (code == SQLITE_OK && r == 0 && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *kind = column_text(stmt, 0);

		code = SQLITE_OK;
		r = each(context, kind ? kind : "?", column_count(stmt, 1),
			 sqlite3_column_int64(stmt, 2), sqlite3_column_int64(stmt, 3));
	}
	if (code != SQLITE_OK && code != SQLITE_DONE)
		r = store_failed(store, "read", diag);
	sqlite3_finalize(stmt);
	return r;
}

int store_freeze(struct store *store, struct diag *diag)
{
	if (store_exec(store, "BEGIN") != SQLITE_OK)
		return store_failed(store, "read", diag);
	return 0;
}

void store_thaw(struct store *store)
{
	store_rollback(store);
}
