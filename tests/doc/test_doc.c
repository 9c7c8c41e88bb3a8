/* SPDX-License-Identifier: Apache-2.0 */
/* YAML in, a tree with positions or an error with a position out. */
#include "bailiff/doc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "test.yaml"

static struct doc *parse(const char *text, size_t length, struct diag **ret_diag, int expected)
{
	struct doc *doc = NULL;

	cr_assert_eq(diag_new(ret_diag), 0);
	cr_assert_eq(doc_parse(text, length, FILE_NAME, *ret_diag, &doc), expected, "%.60s", text);
	cr_assert_eq(doc != NULL, expected == 0);
	return doc;
}

Test(doc, a_tree_with_places)
{
	static const char text[] = "a: 1\n"
				   "list:\n"
				   "  - x\n"
				   "  - {k: 'no', empty: }\n"
				   "\"\xc3\xa4\": two words   # comment\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = parse(text, sizeof(text) - 1, &diag, 0);
	const struct doc_node *root = doc_root(doc), *list = doc_get(root, "list"), *map;

	cr_assert_eq(root->type, DOC_MAPPING);
	cr_expect_eq(root->count, 3);
	cr_expect_str_eq(root->pos.file, FILE_NAME);
	cr_expect_str_eq(doc_get(root, "a")->text, "1");
	cr_expect(doc_get(root, "a")->plain);
	cr_assert_eq(list->type, DOC_SEQUENCE);
	cr_expect_eq(list->items[0]->pos.line, 3u);
	cr_expect_eq(list->items[0]->pos.column, 5u);
	map = list->items[1];
	cr_assert_eq(map->type, DOC_MAPPING);
	cr_expect_str_eq(doc_get(map, "k")->text, "no");
	cr_expect_not(doc_get(map, "k")->plain, "quoted text is no plain scalar");
	cr_expect_eq(doc_get(map, "empty")->length, 0u);
	cr_expect_str_eq(doc_get(root, "\xc3\xa4")->text, "two words");
	cr_expect_eq(doc_get(root, "\xc3\xa4")->pos.column, 6u, "columns count characters");
	cr_expect_null(doc_get(root, "none"));
}

/* What a node's bytes are, blanks behind it cut off. */
static void expect_bytes(const char *text, const struct doc_node *node, const char *bytes)
{
	size_t end = node->end;

	while (end > node->start && strchr(" \r\n", text[end - 1]))
		end--;
	cr_expect_eq(end - node->start, strlen(bytes), "%s: %zu to %zu", bytes, node->start, end);
	cr_expect_eq(strncmp(text + node->start, bytes, strlen(bytes)), 0, "%s", bytes);
}

Test(doc, where_things_stand_in_bytes)
{
	static const char text[] = "\xef\xbb\xbf# \xc3\xa4\xe2\x82\xac\r\n"
				   "a: &x [1, '\xf0\x9f\x98\x80', {k: v }]  # c\r\n"
				   "b:\n"
				   "  - *x\n"
				   "  - two words # d\n"
				   "  # e\n"
				   "c:\n"
				   "  - d: |\n"
				   "      text\n"
				   "\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = parse(text, sizeof(text) - 1, &diag, 0);
	const struct doc_node *a = doc_get(doc_root(doc), "a"), *b = doc_get(doc_root(doc), "b");
	const struct doc_node *c = doc_get(doc_root(doc), "c");

	expect_bytes(text, a, "&x [1, '\xf0\x9f\x98\x80', {k: v }]");
	expect_bytes(text, a->items[0], "1");
	expect_bytes(text, a->items[1], "'\xf0\x9f\x98\x80'");
	expect_bytes(text, a->items[2], "{k: v }");
	expect_bytes(text, doc_root(doc)->keys[1], "b");
	expect_bytes(text, b, "- *x\n  - two words");
	expect_bytes(text, b->items[1], "two words");
	expect_bytes(text, c, "- d: |\n      text");
	expect_bytes(text, c->items[0], "d: |\n      text");
	cr_expect(a->flow && a->items[2]->flow && !b->flow && !c->items[0]->flow);
	cr_expect_eq(b->items[0], a, "an alias stands where its anchor does");
}

Test(doc, an_alias_is_the_same_subtree)
{
	static const char text[] = "a: &x [1, 2]\nb: *x\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = parse(text, sizeof(text) - 1, &diag, 0);

	cr_expect_eq(doc_get(doc_root(doc), "b")->count, 2u);
}

Test(doc, a_byte_order_mark_of_utf8_is_skipped)
{
	static const char text[] = "\xef\xbb\xbf"
				   "a: 1\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = parse(text, sizeof(text) - 1, &diag, 0);

	cr_expect_not_null(doc_get(doc_root(doc), "a"));
}

#define DEEP_32 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define SHUT_32 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

#define ROW(name, text, line, column, says)                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1, line, column, says                                   \
	}

static const struct {
	const char *name, *text;
	size_t length;
	unsigned line, column;
	const char *says;
} wrong[] = {
	ROW("nothing at all", "", 1, 1, "empty"),
	ROW("only a comment", "# x\n", 2, 1, "empty"),
	ROW("a tab for indentation", "a:\n\tb: 1\n", 2, 1, "spaces"),
	ROW("bad indentation", "a:\n    b: 1\n  c: 2\n", 3, 3, "indentation"),
	ROW("a value where a key stands", "a: b: c\n", 1, 5, "quotes"),
	ROW("a group without quotes", "a: [@default]\n", 1, 5, "\"@default\""),
	ROW("an address without quotes", "a: [*:80]\n", 1, 6, "quotes"),
	ROW("an open bracket", "a: [1, 2\nb: 1\n", 2, 2, "']'"),
	ROW("an open quote", "a: \"x\n", 2, 1, "quote"),
	ROW("an unknown escape", "a: \"\\q\"\n", 1, 5, "single quotes"),
	ROW("a NUL byte", "a: 1\nb: x\0y\n", 2, 5, "NUL"),
	ROW("an escaped NUL", "a: 1\nb: \"x\\0y\"\n", 2, 4, "NUL"),
	ROW("a control character", "a: 1\nb: x\001y\n", 2, 5, "control characters"),
	ROW("no UTF-8", "a: 1\nb: x\xff\n", 2, 5, "UTF-8"),
	ROW("a surrogate in UTF-8", "a: \xed\xa0\x80\n", 1, 4, "UTF-8"),
	ROW("an overlong slash", "a: \xc0\xaf\n", 1, 4, "UTF-8"),
	ROW("UTF-16, little end first",
	    "\xff\xfe"
	    "a\0:\0",
	    1, 1, "UTF-16"),
	ROW("UTF-16, big end first", "\xfe\xff\0a\0:", 1, 1, "UTF-16"),
	ROW("a key twice", "a: 1\nb: 2\na: 3\n", 3, 1, "second time, first on line 1"),
	ROW("a key twice among many",
	    "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nc: 2\n", 10, 1,
	    "first on line 3"),
	ROW("a key twice, once in quotes", "a: 1\n\"a\": 2\n", 2, 1, "second time"),
	ROW("a list as a key", "[a]: 1\n", 1, 1, "key"),
	ROW("a mapping as a key", "{a: 1}: 1\n", 1, 1, "key"),
	ROW("an alias as a key", "a: &x b\n*x : 1\n", 2, 1, "key"),
	ROW("a tag", "a: !!binary aGk=\n", 1, 4, "tags"),
	ROW("a local tag", "a: !x [1]\n", 1, 4, "tags"),
	ROW("a version directive", "%YAML 1.1\n---\na: 1\n", 1, 1, "directives"),
	ROW("a tag directive", "%TAG !e! tag:x,2000:\n---\na: 1\n", 1, 1, "directives"),
	ROW("two documents", "a: 1\n---\nb: 1\n", 2, 1, "second document"),
	ROW("an alias of nothing", "a: *x\n", 1, 4, "no anchor"),
	ROW("an anchor in itself", "a: &x [1, *x]\n", 1, 11, "contains itself"),
	ROW("an anchor twice", "a: &x 1\nb: &x 2\n", 2, 4, "anchor"),
	ROW("33 levels", "[" DEEP_32 "1" SHUT_32 "]\n", 1, 33, "32 levels"),
	ROW("33 levels by an alias",
	    "- &x [1]\n- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", 2, 34,
	    "32 levels"),
};

Test(doc, mistakes_have_a_place_and_a_way_out)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		const struct diag_entry *entry;

		cr_expect_null(parse(wrong[i].text, wrong[i].length, &diag, -EINVAL));
		entry = diag_at(diag, 0);
		cr_assert_not_null(entry, "%s", wrong[i].name);
		cr_expect_eq(diag_errors(diag), 1u, "%s", wrong[i].name);
		cr_expect_str_eq(entry->pos.file, FILE_NAME);
		cr_expect(entry->pos.line == wrong[i].line && entry->pos.column == wrong[i].column,
			  "%s: at %u:%u, not %u:%u: %s", wrong[i].name, entry->pos.line,
			  entry->pos.column, wrong[i].line, wrong[i].column, entry->text);
		cr_expect_not_null(strstr(entry->text, wrong[i].says), "%s: %s", wrong[i].name,
				   entry->text);
	}
}

Test(doc, what_just_fits)
{
	static const char deep[] = DEEP_32 "1" SHUT_32 "\n";
	static const char alias[] =
		"- &x [1]\n- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n";
	CLEANUP(diag_freep) struct diag *diag = NULL, *more = NULL;
	CLEANUP(doc_freep) struct doc *a = parse(deep, sizeof(deep) - 1, &diag, 0);
	CLEANUP(doc_freep) struct doc *b = parse(alias, sizeof(alias) - 1, &more, 0);

	cr_expect_not_null(a);
	cr_expect_not_null(b);
}

Test(doc, every_duplicate_key_is_reported)
{
	static const char text[] = "a: 1\na: 2\nb: {c: 1, c: 2}\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;

	cr_expect_null(parse(text, sizeof(text) - 1, &diag, -EINVAL));
	cr_expect_eq(diag_errors(diag), 2u);
}

static void expect_refused(const char *text, size_t length, const char *says)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;

	cr_expect_null(parse(text, length, &diag, -EINVAL));
	cr_assert_eq(diag_count(diag), 1u);
	cr_expect_not_null(strstr(diag_at(diag, 0)->text, says), "%s", diag_at(diag, 0)->text);
}

Test(doc, a_bomb_of_anchors_is_counted_not_built, .timeout = 5)
{
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "- &a0 [x, x, x, x, x, x, x, x]\n");

	for (int i = 1; i < 12; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used,
			"- &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i - 1,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	expect_refused(text, used, "4000000 values");
}

Test(doc, too_many_values, .timeout = 20)
{
	size_t length = 2 * (size_t)DOC_MAX_NODES + 2;
	CLEANUP(free_ptr) char *text = malloc(length);

	cr_assert_not_null(text);
	for (size_t i = 0; i < length; i += 2)
		memcpy(text + i, "1,", 2);
	text[0] = '[';
	text[1] = '1';
	text[2] = ',';
	for (size_t i = 3; i + 1 < length; i += 2)
		memcpy(text + i, "1,", 2);
	text[length - 1] = ']';
	expect_refused(text, length, "4000000 values");
}

Test(doc, too_many_anchors)
{
	char text[2048];
	size_t used = 0;

	for (unsigned i = 0; i <= DOC_MAX_ANCHORS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "- &a%u x\n", i);
	expect_refused(text, used, "anchors");
}

Test(doc, too_long_a_value)
{
	size_t length = DOC_MAX_SCALAR + 4;
	CLEANUP(free_ptr) char *text = malloc(length);
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = NULL;

	cr_assert_not_null(text);
	memset(text, 'x', length);
	memcpy(text, "a: ", 3);
	expect_refused(text, length, "64 KiB");
	doc = parse(text, length - 1, &diag, 0);
	cr_expect_eq(doc_get(doc_root(doc), "a")->length, DOC_MAX_SCALAR);
}

Test(doc, too_much_text)
{
	size_t length = (size_t)DOC_MAX_BYTES + 1;
	CLEANUP(free_ptr) char *text = malloc(length);

	cr_assert_not_null(text);
	memset(text, ' ', length);
	expect_refused(text, length, "64 MiB");
}

static char directory[] = "/tmp/bailiff-doc-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
}

static void leave(void)
{
	cr_assert_eq(chdir("/"), 0);
	rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
	CLEANUP(close_file) FILE *f = fopen(name, "w");

	cr_assert_not_null(f);
	fputs(text, f);
}

TestSuite(doc_file, .init = enter, .fini = leave);

Test(doc_file, a_file_is_read_and_named_as_given)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = NULL;

	write_file("a.yaml", "a: 1\n");
	cr_assert_eq(chmod("a.yaml", 0644), 0);
	diag_new(&diag);
	cr_expect_eq(doc_read("./a.yaml", diag, &doc), 0);
	cr_expect_str_eq(doc_root(doc)->pos.file, "./a.yaml");
	unlink("a.yaml");
}

Test(doc_file, what_is_no_file_is_not_opened, .timeout = 5)
{
	static const struct {
		const char *path;
		int error;
		const char *says;
	} rows[] = {
		{"none.yaml", -ENOENT, "No such file"},
		{"/tmp", -EINVAL, "directory"},
		{"/dev/zero", -EINVAL, "regular"},
		{"fifo", -EINVAL, "regular"},
	};

	cr_assert_eq(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		struct doc *doc = NULL;

		diag_new(&diag);
		cr_expect_eq(doc_read(rows[i].path, diag, &doc), rows[i].error, "%s", rows[i].path);
		cr_assert_eq(diag_errors(diag), 1u);
		cr_expect_str_eq(diag_at(diag, 0)->pos.file, rows[i].path);
		cr_expect_not_null(strstr(diag_at(diag, 0)->text, rows[i].says), "%s",
				   diag_at(diag, 0)->text);
	}
	unlink("fifo");
}

Test(doc_file, root_does_not_trust_what_others_can_write)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(doc_freep) struct doc *doc = NULL;
	int error = geteuid() == 0 ? -EPERM : 0;

	write_file("a.yaml", "a: 1\n");
	cr_assert_eq(chmod("a.yaml", 0666), 0);
	diag_new(&diag);
	cr_expect_eq(doc_read("a.yaml", diag, &doc), error);
	cr_expect_eq(diag_errors(diag), error ? 1u : 0u);
	unlink("a.yaml");
}
