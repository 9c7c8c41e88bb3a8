/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a set comes from, and that a change of any of them is seen, and of no other. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../enforcer/service/room.h"

static char top[] = "/tmp/changes-XXXXXX";

static const char *at(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void write_file(const char *name)
{
	FILE *file = fopen(at(name), "we");

	cr_assert_not_null(file);
	fputs("x", file);
	fclose(file);
}

static void move(const char *from, const char *to)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", at(from));
	cr_assert_eq(rename(path, at(to)), 0);
}

Test(changes, of_directories_and_includes)
{
	char directory[PATH_MAX];
	char *directories[] = {directory, NULL};
	struct changes *changes = NULL;

	cr_assert_not_null(mkdtemp(top));
	snprintf(directory, sizeof(directory), "%s", at("d"));
	cr_assert_eq(mkdir(directory, 0700), 0);
	cr_assert_eq(mkdir(at("i"), 0700), 0);
	write_file("i/common");
	cr_assert_eq(changes_new(directories, &changes), 0);

	cr_expect(!changes_add(changes, at("d/a.yaml")), "it is the directory's");
	cr_expect(changes_add(changes, at("i/common")), "it is news");
	cr_expect(!changes_add(changes, at("i/common")), "it is no news any more");
	cr_expect(changes_add(changes, at("d/a.txt")), "the directory alone does not mean it");
	cr_expect(!changes_add(changes, at("none/x")), "where there is nothing, nothing comes");
	cr_expect(!changes_read(changes));

	write_file("d/a.yaml");
	cr_expect(changes_read(changes), "a new policy");
	cr_expect(!changes_read(changes));
	write_file("d/a.txt");
	cr_expect(changes_read(changes), "a file beside them");
	write_file("d/b.txt");
	write_file("i/other.yaml");
	cr_expect(!changes_read(changes), "no file of theirs");
	write_file("i/common");
	cr_expect(changes_read(changes), "written");
	move("i/other.yaml", "i/common");
	cr_expect(changes_read(changes), "another in its place");
	cr_assert_eq(unlink(at("i/common")), 0);
	cr_expect(changes_read(changes), "gone");
	changes_free(changes);
	cr_expect_eq(changes_fd(NULL), -1);
	cr_expect(!changes_read(NULL));
	cr_expect_eq(unlink(at("d/a.yaml")), 0);
	cr_expect_eq(unlink(at("d/a.txt")), 0);
	cr_expect_eq(unlink(at("d/b.txt")), 0);
	cr_expect_eq(rmdir(at("d")), 0);
	cr_expect_eq(rmdir(at("i")), 0);
	cr_expect_eq(rmdir(top), 0);
}
