/* SPDX-License-Identifier: Apache-2.0 */
/* The programs inside bailiff, and the tables of hooks: each knows all of the other. */
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../../enforcer/lsm/room.h"
#include "bailiff/probe.h"

static struct bpf_object *open_object(void)
{
	struct bpf_object *object;
	size_t size = 0;
	static char *data; /* lives as long as the test */

	cr_assert_eq(lsm_object_inflate(&data, &size), 0);
	object = bpf_object__open_mem(data, size, NULL);
	cr_assert_not_null(object);
	return object;
}

/* Where the object says that a program goes, as the tables write it. */
static const char *hook_of(const struct bpf_program *program, char *out, size_t size)
{
	const char *section = bpf_program__section_name(program), *slash = strchr(section, '/');

	cr_assert_not_null(slash, "%s", section);
	if (strncmp(section, "lsm/", 4) == 0)
		snprintf(out, size, "%s", slash + 1);
	else
		snprintf(out, size, "%.*s:%s", (int)(slash - section), section, slash + 1);
	return out;
}

Test(object, every_program_is_in_a_table_with_its_hook, .timeout = 20)
{
	struct bpf_object *object = open_object();
	struct bpf_program *program;
	char hook[128];
	int number;

	bpf_object__for_each_program(program, object)
	{
		number = probe_number(bpf_program__name(program));
		cr_expect(number >= 0, "%s is in no table", bpf_program__name(program));
		if (number >= 0)
			cr_expect_str_eq(probe_hook((size_t)number)->hook,
					 hook_of(program, hook, sizeof(hook)));
	}
	bpf_object__close(object);
}

Test(object, every_program_of_the_tables_is_there_once, .timeout = 20)
{
	struct bpf_object *object = open_object();
	const struct probe_hook *hook;

	for (size_t i = 0; (hook = probe_hook(i)); i++) {
		cr_expect_not_null(bpf_object__find_program_by_name(object, hook->program),
				   "%s is no program", hook->program);
		cr_expect_eq(probe_number(hook->program), (int)i, "%s stands twice", hook->program);
		cr_expect_not_null(hook->without, "%s", hook->program);
		cr_expect_lt(strlen(hook->program), 32u, "%s is cut in a pin's name",
			     hook->program);
	}
	bpf_object__close(object);
}
