/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base: what every room leans on. Ownership helpers, arithmetic that cannot
 * wrap, an arena, and the one way in which bailiff reads a whole file.
 *
 * Errors: functions return 0 or a negative errno. Parameters named ret_* come
 * last and are written on success only. Destructors take NULL.
 */
#ifndef BAILIFF_BASE_H
#define BAILIFF_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define BAILIFF_VERSION "0.1.0"

#define ARRAY_LEN(a)	  (sizeof(a) / sizeof((a)[0]))
#define CLEANUP(fn)	  __attribute__((cleanup(fn)))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED		  __attribute__((unused))

/* Cleanup functions for CLEANUP(): free(), close() unless negative, fclose(). */
void free_ptr(void *p);	   /* CLEANUP(free_ptr) char *s = NULL; */
void close_fd(int *fd);	   /* CLEANUP(close_fd) int fd = -1; */
void close_file(FILE **f); /* CLEANUP(close_file) FILE *f = NULL; */

/* Hands a pointer on and forgets it, so that its cleanup does nothing. */
#define STEAL(p)                                                                                   \
	({                                                                                         \
		__typeof__(p) p_ = (p);                                                            \
		(p) = NULL;                                                                        \
		p_;                                                                                \
	})

/*
 * An arena: many allocations with one lifetime. Memory is zeroed, aligned for
 * any type, and freed all at once. An allocation of more than the arena's
 * remaining limit fails (NULL): the limit bounds what input can make us take.
 */
struct arena;
int arena_new(size_t limit_bytes, struct arena **ret_arena);
void arena_free(struct arena *arena);
void arena_freep(struct arena **arena); /* for CLEANUP */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Makes room in a malloc'ed array for `need` elements of `size` bytes, by
 * doubling. *items and *capacity are untouched on failure (-ENOMEM, also when
 * the product would wrap).
 */
int grow_array(void *items, size_t *capacity, size_t need, size_t size);

/* Where memory of several MiB is filled at once, most of the time goes into its pages: let them be large
 * ones. grow_array() does. */
void prefer_huge_pages(void *memory, size_t size);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);

/* Sorts, keeps each value once, and returns how many are left. */
size_t sort_unique(uint64_t *values, size_t count);

/* Flags of read_file(). */
enum {
	READ_OWNED = 1 << 0, /* refuse (-EPERM) what a user other than root and us could rewrite */
};

/*
 * Reads a whole regular file of at most `limit` bytes, NUL-terminated beyond
 * *ret_length; the caller frees *ret_data. -EISDIR a directory, -EINVAL another
 * kind of file (fifo, device, socket: never opened for reading), -EFBIG over
 * the limit, -ESTALE when it changed while it was read, or the errno of open/read.
 */
int read_file(const char *path, size_t limit, unsigned flags, char **ret_data, size_t *ret_length);
/* The same of an open file, nothing of which has been read. */
int read_open_file(int fd, size_t limit, unsigned flags, char **ret_data, size_t *ret_length);
/* All of it, however often the kernel takes a part. -errno: so much of it is written as is. */
int write_all(int fd, const void *bytes, size_t length);

/*
 * Writes untrusted bytes so that a terminal or a log line cannot be abused:
 * control characters, backslash, DEL, C1 controls and bidirectional overrides, and
 * bytes that are not UTF-8 come out as \xNN. Returns the length
 * that was written, without the NUL; the text is cut to fit `size`.
 */
size_t escape_text(const char *bytes, size_t length, char *out, size_t size);

/*
 * Both move *at behind what they take, or leave it where it is. A number has digits of its base (10, 16)
 * and nothing else, perhaps behind blanks; one that is over UINT64_MAX is not taken.
 */
bool take_word(const char **at, const char *word);
bool take_number(const char **at, unsigned base, uint64_t *ret_number);

/* Is this whole byte string valid UTF-8 (no surrogates, no overlongs, up to U+10FFFF)? */
bool utf8_valid(const char *bytes, size_t length);

#endif
