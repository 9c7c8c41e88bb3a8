/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/base.h"

/* --- ownership --- */

Test(base, steal_leaves_nothing_to_free)
{
	char *kept;
	{
		CLEANUP(free_ptr) char *s = strdup("kept");
		kept = STEAL(s);
		cr_assert_null(s);
	}
	cr_assert_str_eq(kept, "kept");
	free(kept);
}

Test(base, cleanups_take_nothing_and_forget)
{
	char *s = NULL;
	FILE *f = NULL;
	int fd = -1;

	free_ptr(&s);
	close_file(&f);
	close_fd(&fd);
	cr_assert_eq(fd, -1);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	int was = fd;
	close_fd(&fd);
	cr_assert_eq(fd, -1);
	cr_assert_eq(fcntl(was, F_GETFD), -1);
	f = fopen("/dev/null", "re");
	cr_assert_not_null(f);
	close_file(&f);
	cr_assert_null(f);
	s = strdup("x");
	free_ptr(&s);
	cr_assert_null(s);
}

/* --- grow_array --- */

Test(grow, keeps_content_and_doubles)
{
	CLEANUP(free_ptr) int *items = NULL;
	size_t capacity = 0;

	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(grow_array(&items, &capacity, (size_t)i + 1, sizeof(*items)), 0);
		items[i] = i;
	}
	cr_assert_eq(capacity, 1024);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(items[i], i);
}

Test(grow, asks_nothing_when_there_is_room)
{
	int place;
	int *items = &place; /* realloc of this would crash */
	size_t capacity = 1;

	cr_assert_eq(grow_array(&items, &capacity, 1, sizeof(*items)), 0);
	cr_assert_eq(grow_array(&items, &capacity, 0, sizeof(*items)), 0);
	cr_assert_eq(items, &place);
}

struct too_much {
	const char *why;
	size_t need, size;
};

Test(grow, refuses_what_would_wrap)
{
	static const struct too_much rows[] = {
		{"the count has no next power of two", SIZE_MAX, 1},
		{"just above the greatest power of two", SIZE_MAX / 2 + 2, 1},
		{"the product wraps to 0", (size_t)1 << 61, 8},
		{"the product wraps to something small", ((size_t)1 << 60) + 1, 24},
		{"more than there is", (size_t)1 << 50, 1024},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(free_ptr) char *items = malloc(8);
		char *before = items;
		size_t capacity = 8;

		cr_expect_eq(grow_array(&items, &capacity, rows[i].need, rows[i].size), -ENOMEM,
			     "%s", rows[i].why);
		cr_expect_eq(items, before, "%s: items changed", rows[i].why);
		cr_expect_eq(capacity, 8, "%s: capacity changed", rows[i].why);
	}
}

/* --- arena --- */

static bool all_zero(const unsigned char *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

Test(arena, is_zeroed_aligned_and_apart)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	unsigned char *last = NULL;
	size_t last_size = 0;

	cr_assert_eq(arena_new(64u << 20, &arena), 0);
	for (size_t size = 0; size < 40000; size += 61) {
		unsigned char *p = arena_alloc(arena, 1, size);

		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		cr_assert(all_zero(p, size));
		memset(p, 0xa5, size);
		if (last)
			for (size_t i = 0; i < last_size; i++)
				cr_assert_eq(last[i], 0xa5, "overwritten by the next");
		last = p;
		last_size = size;
	}
}

Test(arena, many_small_ones_stay_whole)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	uint32_t *cells[20000];

	cr_assert_eq(arena_new(1u << 20, &arena), 0);
	for (uint32_t i = 0; i < ARRAY_LEN(cells); i++) {
		cells[i] = arena_alloc(arena, 1, sizeof(*cells[i]));
		cr_assert_not_null(cells[i]);
		*cells[i] = i;
	}
	for (uint32_t i = 0; i < ARRAY_LEN(cells); i++)
		cr_assert_eq(*cells[i], i);
}

Test(arena, limit_bounds_what_is_taken)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	size_t taken = 0;

	cr_assert_eq(arena_new(100000, &arena), 0);
	cr_assert_null(arena_alloc(arena, 1, 100001));
	while (arena_alloc(arena, 1, 100))
		taken += 100;
	cr_assert_leq(taken, 100000);
	cr_assert_geq(taken, 80000, "took only %zu", taken);
	cr_assert_null(arena_alloc(arena, 1, 4096));
}

Test(arena, limit_can_be_used_up_exactly)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	unsigned char *p;

	cr_assert_eq(arena_new(1000, &arena), 0);
	p = arena_alloc(arena, 10, 100);
	cr_assert_not_null(p);
	memset(p, 1, 1000);
	cr_assert_null(arena_alloc(arena, 1, 1));
	cr_assert_null(arena_strndup(arena, "", 0));
	cr_assert_null(arena_printf(arena, "x"));
}

Test(arena, products_that_wrap_fail)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;

	cr_assert_eq(arena_new(SIZE_MAX, &arena), 0);
	cr_expect_null(arena_alloc(arena, SIZE_MAX, 2));
	cr_expect_null(arena_alloc(arena, (size_t)1 << 32, (size_t)1 << 32));
	cr_expect_null(arena_alloc(arena, ((size_t)1 << 61) + 1, 8), "would wrap to 8");
	cr_expect_null(arena_alloc(arena, 1, SIZE_MAX), "would wrap in alignment");
	cr_expect_null(arena_alloc(arena, 1, SIZE_MAX - 16), "would wrap with the block's head");
	cr_expect_null(arena_strndup(arena, "x", SIZE_MAX));
	cr_expect_not_null(arena_alloc(arena, 8, 8), "and it still serves");
}

Test(arena, nothing_is_freed_and_made_of_nothing)
{
	struct arena *arena = NULL;

	arena_free(NULL);
	arena_freep(&arena);
	cr_assert_eq(arena_new(0, &arena), 0);
	cr_assert_null(arena_alloc(arena, 1, 1));
	arena_freep(&arena);
	cr_assert_null(arena);
}

Test(arena, text)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	char *text;

	cr_assert_eq(arena_new(1u << 20, &arena), 0);
	text = arena_strndup(arena, "listener", 4);
	cr_assert_str_eq(text, "list");
	cr_assert_str_eq(arena_strndup(arena, "", 0), "");
	text = arena_strndup(arena, "a\0b", 3);
	cr_assert_eq(memcmp(text, "a\0b", 4), 0, "bytes, and a NUL beyond them");
	cr_assert_str_eq(arena_printf(arena, "%s:%u", "web.yaml", 7u), "web.yaml:7");
	text = arena_printf(arena, "%*s", 100000, "x");
	cr_assert_not_null(text);
	cr_assert_eq(strlen(text), 100000);
	cr_assert_null(arena_printf(arena, "%*s", 2000000, "x"), "past the limit");
}

/* --- UTF-8 --- */

struct bytes {
	const char *why, *bytes;
	size_t length;
	bool valid;
};
#define BYTES(s) s, sizeof(s) - 1

static const struct bytes utf8_rows[] = {
	{"nothing", BYTES(""), true},
	{"ASCII", BYTES("plain"), true},
	{"a NUL is a character", BYTES("a\0b"), true},
	{"smallest of 2", BYTES("\xc2\x80"), true},
	{"greatest of 2", BYTES("\xdf\xbf"), true},
	{"smallest of 3", BYTES("\xe0\xa0\x80"), true},
	{"last before the surrogates", BYTES("\xed\x9f\xbf"), true},
	{"first after the surrogates", BYTES("\xee\x80\x80"), true},
	{"U+FFFF", BYTES("\xef\xbf\xbf"), true},
	{"smallest of 4", BYTES("\xf0\x90\x80\x80"), true},
	{"U+10FFFF", BYTES("\xf4\x8f\xbf\xbf"), true},
	{"a continuation alone", BYTES("\x80"), false},
	{"overlong /", BYTES("\xc0\xaf"), false},
	{"overlong DEL", BYTES("\xc1\xbf"), false},
	{"overlong of 3", BYTES("\xe0\x9f\xbf"), false},
	{"overlong of 4", BYTES("\xf0\x8f\xbf\xbf"), false},
	{"first surrogate", BYTES("\xed\xa0\x80"), false},
	{"last surrogate", BYTES("\xed\xbf\xbf"), false},
	{"past U+10FFFF", BYTES("\xf4\x90\x80\x80"), false},
	{"F5 leads nothing", BYTES("\xf5\x80\x80\x80"), false},
	{"FE", BYTES("\xfe"), false},
	{"FF", BYTES("\xff"), false},
	{"cut after 1 of 2", BYTES("\xc3"), false},
	{"cut after 2 of 3", BYTES("\xe2\x82"), false},
	{"cut after 3 of 4", BYTES("\xf0\x9f\x92"), false},
	{"a letter in the middle",
	 BYTES("\xe2"
	       "a\xac"),
	 false},
	{"a lead in the middle", BYTES("\xe2\x82\xc3\xa9"), false},
	{"good, then bad", BYTES("fine\xc3\xa9\xff"), false},
};

/* A copy that ends where its memory ends, so that AddressSanitizer sees a read past it. */
static char *exact(const char *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1);

	cr_assert_not_null(copy);
	memcpy(copy, bytes, length);
	return copy;
}

Test(utf8, table)
{
	for (size_t i = 0; i < ARRAY_LEN(utf8_rows); i++) {
		const struct bytes *row = &utf8_rows[i];
		CLEANUP(free_ptr) char *copy = exact(row->bytes, row->length);

		cr_expect_eq(utf8_valid(copy, row->length), row->valid, "%s", row->why);
	}
}

/* Every code point, encoded by another hand, is valid, and surrogates are not. */
Test(utf8, every_code_point)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		unsigned char b[4];
		size_t n;

		if (c < 0x80) {
			b[0] = (unsigned char)c;
			n = 1;
		} else if (c < 0x800) {
			b[0] = (unsigned char)(0xc0 | c >> 6);
			b[1] = (unsigned char)(0x80 | (c & 63));
			n = 2;
		} else if (c < 0x10000) {
			b[0] = (unsigned char)(0xe0 | c >> 12);
			b[1] = (unsigned char)(0x80 | (c >> 6 & 63));
			b[2] = (unsigned char)(0x80 | (c & 63));
			n = 3;
		} else {
			b[0] = (unsigned char)(0xf0 | c >> 18);
			b[1] = (unsigned char)(0x80 | (c >> 12 & 63));
			b[2] = (unsigned char)(0x80 | (c >> 6 & 63));
			b[3] = (unsigned char)(0x80 | (c & 63));
			n = 4;
		}
		cr_assert_eq(utf8_valid((const char *)b, n), c < 0xd800 || c > 0xdfff, "U+%04X", c);
	}
}

/* --- escape_text --- */

struct escape {
	const char *why, *bytes;
	size_t length;
	const char *want;
};

static const struct escape escape_rows[] = {
	{"nothing", BYTES(""), ""},
	{"plain text stays", BYTES("open a-file_1.txt: 'x' \"y\""), "open a-file_1.txt: 'x' \"y\""},
	{"letters of the world stay", BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9"),
	 "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9"},
	{"a new line would forge a line", BYTES("a\nb"), "a\\x0ab"},
	{"a carriage return would overwrite", BYTES("a\rb"), "a\\x0db"},
	{"a tab", BYTES("a\tb"), "a\\x09b"},
	{"a terminal's escape", BYTES("\x1b[2J"), "\\x1b[2J"},
	{"NUL", BYTES("a\0b"), "a\\x00b"},
	{"DEL", BYTES("\x7f"), "\\x7f"},
	{"a backslash, or \\x0a could be faked", BYTES("\\x0a"), "\\x5cx0a"},
	{"C1: CSI in one character",
	 BYTES("\xc2\x9b"
	       "2J"),
	 "\\xc2\\x9b2J"},
	{"the last of C1", BYTES("\xc2\x9f"), "\\xc2\\x9f"},
	{"the first after C1 stays", BYTES("\xc2\xa0"), "\xc2\xa0"},
	{"a raw byte of C1", BYTES("\x9b"), "\\x9b"},
	{"right-to-left override", BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae"},
	{"right-to-left mark", BYTES("\xe2\x80\x8f"), "\\xe2\\x80\\x8f"},
	{"Arabic letter mark", BYTES("\xd8\x9c"), "\\xd8\\x9c"},
	{"an isolate", BYTES("\xe2\x81\xa6"), "\\xe2\\x81\\xa6"},
	{"line separator", BYTES("\xe2\x80\xa8"), "\\xe2\\x80\\xa8"},
	{"zero width space", BYTES("\xe2\x80\x8b"), "\\xe2\\x80\\x8b"},
	{"byte order mark", BYTES("\xef\xbb\xbf"), "\\xef\\xbb\\xbf"},
	{"a tag character", BYTES("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81"},
	{"not UTF-8", BYTES("\xff\xfe"), "\\xff\\xfe"},
	{"overlong newline", BYTES("\xc0\x8a"), "\\xc0\\x8a"},
	{"a surrogate", BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	{"cut short, then a letter",
	 BYTES("\xe2\x82"
	       "a"),
	 "\\xe2\\x82a"},
	{"cut short at the end", BYTES("a\xf0\x9f"), "a\\xf0\\x9f"},
};

Test(escape, table)
{
	for (size_t i = 0; i < ARRAY_LEN(escape_rows); i++) {
		const struct escape *row = &escape_rows[i];
		CLEANUP(free_ptr) char *copy = exact(row->bytes, row->length);
		char out[128];
		size_t n = escape_text(copy, row->length, out, sizeof(out));

		cr_expect_str_eq(out, row->want, "%s: %s", row->why, out);
		cr_expect_eq(n, strlen(row->want), "%s", row->why);
	}
}

/* Whatever the size, the text is a prefix of the whole, cut between characters, with its NUL. */
Test(escape, is_cut_between_characters)
{
	static const char input[] = "a\xc3\xa9\xf0\x9f\x92\xa9\n\xe2\x80\xae\xff z";
	char whole[128];
	size_t length = escape_text(input, sizeof(input) - 1, whole, sizeof(whole));

	for (size_t size = 1; size <= length + 1; size++) {
		CLEANUP(free_ptr) char *out = malloc(size);
		size_t n;

		cr_assert_not_null(out);
		n = escape_text(input, sizeof(input) - 1, out, size);
		cr_assert_lt(n, size);
		cr_assert_eq(out[n], '\0');
		cr_assert_eq(memcmp(out, whole, n), 0);
		cr_assert(utf8_valid(out, n), "cut within a character at size %zu", size);
		cr_assert(whole[n] == '\0' || whole[n] == '\\' || whole[n] == ' ' ||
				  whole[n] == 'z' || (whole[n] & 0x80) || whole[n] == 'a',
			  "cut within \\xNN at size %zu", size);
	}
	cr_assert_eq(escape_text("abc", 3, whole, 0), 0);
	cr_assert_eq(whole[0], 'a', "size 0 writes nothing");
}

/* Random bytes: what comes out is safe UTF-8, and undoing it gives the input back. */
Test(escape, random_bytes_come_back)
{
	uint64_t state = 0x9e3779b97f4a7c15u;

	for (int round = 0; round < 20000; round++) {
		unsigned char in[24], back[24];
		char out[sizeof(in) * 4 + 1];
		size_t length, n, used = 0;

		for (size_t i = 0; i < sizeof(in); i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			in[i] = (unsigned char)(state >> 56);
		}
		length = (size_t)round % (sizeof(in) + 1);
		n = escape_text((const char *)in, length, out, sizeof(out));
		cr_assert_eq(n, strlen(out));
		cr_assert(utf8_valid(out, n));
		for (size_t i = 0; i < n; used++) {
			unsigned value = (unsigned char)out[i];

			cr_assert(value >= 0x20 && value != 0x7f);
			cr_assert_lt(used, sizeof(back));
			if (out[i] == '\\') {
				cr_assert_eq(sscanf(out + i, "\\x%2x", &value), 1);
				i += 4;
			} else {
				i++;
			}
			back[used] = (unsigned char)value;
		}
		cr_assert_eq(used, length);
		cr_assert_eq(memcmp(in, back, length), 0);
	}
}

Test(base, sort_unique_keeps_each_value_once)
{
	uint64_t many[] = {5, UINT64_MAX, 0, 5, 1ull << 63, 0, UINT64_MAX, 4294967296u};
	static const uint64_t want[] = {0, 5, 4294967296u, 1ull << 63, UINT64_MAX};
	uint64_t one[] = {7};

	cr_assert_eq(sort_unique(many, ARRAY_LEN(many)), ARRAY_LEN(want));
	cr_assert_arr_eq(many, want, sizeof(want));
	cr_assert_eq(sort_unique(one, 1), 1);
	cr_assert_eq(one[0], 7);
	cr_assert_eq(sort_unique(NULL, 0), 0);
}

Test(base, words_and_numbers_are_taken_from_the_front)
{
	static const char *const none[] = {"", " ", "-1", "+1", "x", "18446744073709551616"};
	const char *at = "ino:\t18446744073709551615 ffFF0g -1";
	uint64_t number = 7;

	cr_assert_not(take_word(&at, "inode"));
	cr_assert(take_word(&at, "ino:"));
	cr_assert(take_number(&at, 10, &number));
	cr_assert_eq(number, UINT64_MAX);
	cr_assert(take_number(&at, 16, &number));
	cr_assert_eq(number, 0xffff0);
	cr_assert_str_eq(at, "g -1");
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		at = none[i];
		cr_assert_not(take_number(&at, 10, &number), "%s", none[i]);
		cr_assert_eq(at, none[i]);
	}
	cr_assert_eq(number, 0xffff0);
}
