/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../../enforcer/image/format.h"

static const char text[] =
	"version: 1\n"
	"name: sample\n"
	"description: of everything a compiled policy holds\n"
	"no-new-privileges: false\n"
	"architectures: [x86_64, x32]\n"
	"syscalls:\n"
	"  default: errno EACCES\n"
	"  allow:\n"
	"    - \"@basic-io\"\n"
	"    - socket: {domain: [AF_UNIX, AF_INET]}\n"
	"  deny:\n"
	"    - {calls: [ptrace], action: kill, why: nothing here debugs}\n"
	"    - lseek: {offset: {ge: 0x100000000, le: 0x1ffffffff}}\n"
	"    - clone3: {action: errno ENOSYS, report: no}\n"
	"  audit: [getpid]\n"
	"capabilities: {default: deny, allow: [CHOWN], audit: [KILL]}\n"
	"kernel: {default: allow, deny: [mount]}\n"
	"files:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - {paths: [\"/usr/**\", \"/etc/[a-z]*.conf\"], access: [read, execute]}\n"
	"    - {paths: [/], access: [chmod], by: [/bin/x, \"/opt/**\"]}\n"
	"exec: {default: allow, deny: [anonymous-memory, /bin/su]}\n"
	"network:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - {connect: [\"10.0.0.0/8:443/tcp\", \"[2001:db8::/32]:1-9/*\"]}\n"
	"    - {bind: [\"unix:/run/*.sock\", \"unix:@x*\", \"*:53/udp\"]}\n"
	"    - {socket: [AF_NETLINK], type: [SOCK_RAW], listen: [\"*:1/sctp\"]}\n";

static char directory[] = "/tmp/bailiff-image-XXXXXX";
static char path[sizeof(directory) + 16];

static void make_directory(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/sample.bailiff", directory);
}

static void remove_directory(void)
{
	unlink(path);
	cr_assert_eq(rmdir(directory), 0, "something was left in %s", directory);
}

static struct policy *parse(void)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(text, strlen(text), "sample.yaml", diag, &policy) < 0) {
		diag_print(diag, stderr);
		cr_assert_fail("the sample is wrong");
	}
	diag_free(diag);
	return policy;
}

static void write_sample(const struct policy *policy, char **ret_bytes, size_t *ret_length)
{
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(read_file(path, IMAGE_MAX_BYTES, 0, ret_bytes, ret_length), 0);
}

/* -EINVAL, and exactly one error that says `what`. */
static void refused(const void *bytes, size_t length, const char *what)
{
	struct image *image = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(image_parse(bytes, length, "sample.bailiff", diag, &image), -EINVAL, "%s",
		     what);
	cr_assert_null(image);
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_not_null(strstr(diag_at(diag, 0)->text, what), "'%s' does not say '%s'",
			   diag_at(diag, 0)->text, what);
	diag_free(diag);
}

/* Makes the check sum right again, as someone would who means harm. */
static void sum(char *bytes, size_t length)
{
	uint32_t crc = (uint32_t)crc32_z(0, (unsigned char *)bytes + 20, length - 20);

	memcpy(bytes + 16, &crc, sizeof(crc));
}

static void same_strings(const char *const *a, uint32_t n_a, const char *const *b, uint32_t n_b)
{
	cr_assert_eq(n_a, n_b);
	for (uint32_t i = 0; i < n_a; i++)
		cr_expect_str_eq(a[i], b[i]);
}

static void same_addresses(const struct policy_net_rule *a, const struct policy_net_rule *b)
{
	cr_assert(a->rule == b->rule && a->op == b->op && a->n_addresses == b->n_addresses);
	for (uint32_t i = 0; i < a->n_addresses; i++) {
		const struct policy_net_address *x = &a->addresses[i], *y = &b->addresses[i];

		cr_expect(x->kind == y->kind && x->prefix == y->prefix &&
				  x->port_low == y->port_low && x->port_high == y->port_high &&
				  x->protocol == y->protocol && x->family == y->family &&
				  x->type == y->type && memcmp(x->address, y->address, 16) == 0,
			  "%s", x->text);
		cr_expect_str_eq(x->text, y->text);
		cr_expect_str_eq(x->pattern ? x->pattern : "", y->pattern ? y->pattern : "");
	}
}

Test(image, objects_come_back_as_they_were, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;
	const struct policy *read;
	uint32_t i;

	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(image_read(path, NULL, &image), 0);
	read = image->policy;
	cr_assert(policy->n_path_rules == 4 && policy->n_net_rules == 4);
	cr_assert(read->n_path_rules == 4 && read->n_net_rules == 4);
	for (i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *a = &policy->path_rules[i];
		const struct policy_path_rule *b = &read->path_rules[i];

		cr_expect(a->rule == b->rule && a->access == b->access && a->words == b->words);
		same_strings(a->patterns, a->n_patterns, b->patterns, b->n_patterns);
	}
	for (i = 0; i < policy->n_net_rules; i++)
		same_addresses(&policy->net_rules[i], &read->net_rules[i]);
	for (i = 0; i < policy->n_rules; i++)
		same_strings(policy->rules[i].by, policy->rules[i].n_by, read->rules[i].by,
			     read->rules[i].n_by);
	cr_expect_eq(policy_closed_access(read), policy_closed_access(policy));
	image_free(image);
	policy_free(policy);
}

/* What a policy in YAML can be. */
static void check_objects(const struct policy *policy, size_t at)
{
	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *p = &policy->path_rules[i];
		uint8_t class = policy->rules[p->rule].class;

		cr_assert(p->rule < policy->n_rules, "%zu", at);
		cr_assert(class == CLASS_FILES ? p->access && p->access <= ACCESS_ALL && !p->words
					       : class == CLASS_EXEC && !p->access,
			  "%zu", at);
		cr_assert_eq(p->n_patterns == 0, p->words != 0, "%zu", at);
		for (uint32_t j = 0; j < p->n_patterns; j++)
			cr_assert(p->patterns[j][0] == '/' && strlen(p->patterns[j]) <= 4096, "%zu",
				  at);
	}
	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *n = &policy->net_rules[i];

		cr_assert(n->rule < policy->n_rules, "%zu", at);
		cr_assert_eq(policy->rules[n->rule].class, CLASS_NETWORK, "%zu", at);
		cr_assert(n->op >= NET_BIND && n->op <= NET_SOCKET && n->n_addresses, "%zu", at);
		for (uint32_t j = 0; j < n->n_addresses; j++) {
			const struct policy_net_address *a = &n->addresses[j];
			bool named = a->kind == NET_UNIX_PATH || a->kind == NET_UNIX_ABSTRACT;

			cr_assert(a->kind >= NET_ANY && a->kind <= NET_FAMILY && a->text, "%zu",
				  at);
			cr_assert_eq(a->kind == NET_FAMILY, n->op == NET_SOCKET, "%zu", at);
			cr_assert(a->port_low <= a->port_high && a->type <= 15, "%zu", at);
			cr_assert(a->prefix <= (a->kind == NET_INET    ? 32
						: a->kind == NET_INET6 ? 128
								       : 0),
				  "%zu", at);
			cr_assert_eq(a->pattern != NULL, named, "%zu", at);
			cr_assert(!named || a->pattern[0] == (a->kind == NET_UNIX_PATH ? '/' : '@'),
				  "%zu", at);
		}
	}
	for (uint32_t i = 0; i < policy->n_rules; i++)
		for (uint32_t j = 0; j < policy->rules[i].n_by; j++)
			cr_assert_eq(policy->rules[i].by[j][0], '/', "%zu", at);
}

Test(image, what_is_read_decides_as_what_was_written, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;
	const struct name_call *calls;
	size_t count, i, j;
	enum arch arch;

	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(image_read(path, NULL, &image), 0);
	cr_expect_str_eq(image->policy->name, "sample");
	cr_expect_str_eq(image->policy->path, "sample.yaml");
	cr_expect_eq(image->policy->no_new_privs, false);
	cr_expect_eq(image->policy->caps_allowed, policy->caps_allowed);
	cr_expect_eq(image->policy->caps_audited, policy->caps_audited);
	for (arch = 0; arch < ARCH_COUNT; arch++) {
		calls = names_calls(arch, &count);
		for (i = 0; i < count; i++)
			for (j = 0; j < 4; j++) {
				uint64_t args[CALL_ARGS] = {j, j << 31, j << 32, j, j, j};
				struct policy_decision a =
					policy_decide(policy, arch, calls[i].nr, args);
				struct policy_decision b =
					policy_decide(image->policy, arch, calls[i].nr, args);

				cr_assert(a.action == b.action && a.error == b.error &&
						  a.quiet == b.quiet && a.rule == b.rule,
					  "%s on %s", calls[i].name, arch_name(arch));
			}
	}
	for (i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *a = &policy->rules[i], *b = &image->policy->rules[i];

		cr_expect_str_eq(a->pos.file, b->pos.file);
		cr_expect_eq(a->pos.line, b->pos.line);
		cr_expect((!a->why && !b->why) || strcmp(a->why, b->why) == 0);
		cr_expect((!a->text && !b->text) || strcmp(a->text, b->text) == 0);
	}
	image_free(image);
	policy_free(policy);
}

Test(image, its_filters_are_those_of_the_compiler, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;
	unsigned i;

	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(image_read(path, NULL, &image), 0);
	for (i = 0; i < IMAGE_MODES; i++) {
		struct filter_mode mode = {.supervised = i & 1, .audit = (i & 2) != 0};
		struct filter_proof proof;
		struct filter *filter = NULL;

		cr_assert_eq(image_mode(&mode), i);
		cr_assert_eq(filter_compile(policy, &mode, NULL, &filter), 0);
		cr_assert_eq(image->filters[i]->length, filter->length);
		cr_assert_arr_eq(image->filters[i]->code, filter->code,
				 filter->length * sizeof(*filter->code));
		/* Proved against what was read, too. */
		cr_assert_eq(filter_prove(image->filters[i]->code, image->filters[i]->length,
					  image->policy, &mode, NULL, &proof),
			     0);
		filter_free(filter);
	}
	image_free(image);
	policy_free(policy);
}

Test(image, equal_policies_give_equal_files, .init = make_directory, .fini = remove_directory)
{
	struct policy *one = parse(), *two = parse();
	char *a, *b;
	size_t a_length, b_length;

	write_sample(one, &a, &a_length);
	write_sample(two, &b, &b_length);
	cr_assert_eq(a_length, b_length);
	cr_assert_arr_eq(a, b, a_length);
	free(a);
	free(b);
	policy_free(one);
	policy_free(two);
}

Test(image, damage_is_refused_by_name, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	size_t length, i;
	char *bytes;

	write_sample(policy, &bytes, &length);
	refused("", 0, "no compiled policy");
	refused("version: 1\n", 11, "no compiled policy");
	for (i = 300; i < length; i += 7)
		refused(bytes, i, i < 500 ? "compiled policy" : "damaged");
	for (i = 0; i < length; i += 11) {
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
		refused(bytes, length, "compiled");
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
	}
	bytes[8]++;
	refused(bytes, length, "format");
	bytes[8]--;
	bytes[24]++; /* the version's first digit */
	refused(bytes, length, "damaged");
	sum(bytes, length);
	refused(bytes, length, "whose tables may differ");
	free(bytes);
	policy_free(policy);
}

/* What someone writes who knows the check sum: refused, or something that decides and frees like any other. */
Test(image, contradictions_are_refused, .init = make_directory, .fini = remove_directory,
     .timeout = 120)
{
	struct policy *policy = parse();
	size_t length, i, refusals = 0, tried = 0;
	char *bytes, *copy;

	write_sample(policy, &bytes, &length);
	copy = malloc(length);
	cr_assert_not_null(copy);
	for (i = 40; i < length; i += i < 800 ? 1 : 13) {
		static const unsigned char junk[] = {0xff, 0x80, 0x01};
		struct image *image = NULL;
		size_t j;

		for (j = 0; j < sizeof(junk); j++) {
			memcpy(copy, bytes, length);
			copy[i] = (char)((unsigned char)copy[i] ^ junk[j]);
			sum(copy, length);
			tried++;
			if (image_parse(copy, length, "x", NULL, &image) < 0) {
				refusals++;
				continue;
			}
			for (uint32_t nr = 0; nr < 500; nr++)
				(void)policy_decide(image->policy, ARCH_X86_64, nr,
						    (uint64_t[CALL_ARGS]){nr, 1, 2, 3, 4, 5});
			check_objects(image->policy, i);
			(void)policy_closed_access(image->policy);
			(void)policy_closed_protocol(image->policy, -1);
			image_free(image);
			image = NULL;
		}
	}
	cr_assert_gt(refusals, tried / 20);
	free(copy);
	free(bytes);
	policy_free(policy);
}

/* The sample's sections: files, files by, the word, a program; connect, bind, listen, socket. */
struct sections {
	struct image_path *paths;
	struct image_net *nets;
	struct image_address *addresses;
	uint32_t *strings;
	struct image_rule *rules;
	struct image_header *header;
};

#define SPOIL(name, statement)                                                                     \
	static void name(struct sections *s)                                                       \
	{                                                                                          \
		statement;                                                                         \
	}                                                                                          \
	_Static_assert(true, "a semicolon may follow")
SPOIL(nothing, (void)s);
SPOIL(path_of_no_rule, s->paths[0].rule = s->header->sections[SECTION_RULES].count);
SPOIL(path_of_another_class, s->paths[0].rule = s->nets[0].rule);
SPOIL(path_of_capabilities, s->paths[2].rule = s->header->default_rule[CLASS_CAPABILITIES]);
SPOIL(class_without_a_default, s->header->default_rule[CLASS_FILES] = POLICY_NO_RULE);
SPOIL(access_nobody_knows, s->paths[0].access |= ACCESS_ALL + 1);
SPOIL(no_access, s->paths[0].access = 0);
SPOIL(access_in_exec, s->paths[3].access = ACCESS_READ);
SPOIL(words_of_files, s->paths[0].words = EXEC_ANONYMOUS_MEMORY);
SPOIL(words_nobody_knows, s->paths[2].words |= 4);
SPOIL(neither_words_nor_paths, s->paths[2].words = 0);
SPOIL(strings_used_twice, s->paths[1].first_pattern--);
SPOIL(too_many_strings, s->paths[3].n_patterns += 1000);
SPOIL(strings_missing, s->header->sections[SECTION_STRINGS].count--);
SPOIL(strings_left, s->header->sections[SECTION_STRINGS].count++);
SPOIL(a_string_that_is_no_path, s->strings[0] = s->header->name);
SPOIL(no_string, s->strings[0] = 0);
SPOIL(network_of_files, s->nets[0].rule = s->paths[0].rule);
SPOIL(an_operation_nobody_knows, s->nets[0].op = NET_SOCKET + 1);
SPOIL(no_addresses, s->nets[3].n_addresses = 0; s->header->sections[SECTION_ADDRESSES].count--);
SPOIL(addresses_left, s->header->sections[SECTION_NETS].count--);
SPOIL(too_many_addresses, s->nets[3].n_addresses++);
SPOIL(addresses_used_twice, s->nets[1].first_address--);
SPOIL(a_kind_nobody_knows, s->addresses[0].kind = NET_FAMILY + 1);
SPOIL(no_kind, s->addresses[4].kind = 0);
SPOIL(a_family_to_connect_to, s->addresses[0] = s->addresses[6]);
SPOIL(an_address_to_make_a_socket_of, s->addresses[6] = s->addresses[4]);
SPOIL(a_prefix_too_long, s->addresses[0].prefix = 33);
SPOIL(bits_beyond_the_prefix, s->addresses[0].address[3] = 1);
SPOIL(bits_beyond_IPv4, s->addresses[0].address[15] = 1);
SPOIL(ports_backwards, s->addresses[0].port_low = 444);
SPOIL(a_protocol_nobody_knows, s->addresses[0].protocol = 1);
SPOIL(a_name_without_pattern, s->addresses[2].pattern = 0);
SPOIL(a_name_that_is_no_path, s->addresses[2].pattern = s->addresses[3].pattern);
SPOIL(an_abstract_name_that_is_a_path, s->addresses[3].pattern = s->addresses[2].pattern);
SPOIL(a_pattern_of_an_address, s->addresses[0].pattern = s->addresses[2].pattern);
SPOIL(an_address_without_text, s->addresses[0].text = 0);
SPOIL(a_type_of_an_address, s->addresses[0].type = 1);
SPOIL(a_type_with_flags, s->addresses[6].type = 0x10);
SPOIL(a_family_too_great, s->addresses[6].family = 0x10000);
SPOIL(a_rule_without_text, s->rules[1].text = 0);
SPOIL(a_rule_of_no_file, s->rules[1].file = 0);

Test(image, objects_that_the_language_cannot_say, .init = make_directory, .fini = remove_directory)
{
#define ROW(name)                                                                                  \
	{                                                                                          \
#name, name                                                                        \
	}
	static const struct {
		const char *name;
		void (*spoil)(struct sections *s);
	} rows[] = {
		ROW(nothing),
		ROW(path_of_no_rule),
		ROW(path_of_another_class),
		ROW(path_of_capabilities),
		ROW(class_without_a_default),
		ROW(access_nobody_knows),
		ROW(no_access),
		ROW(access_in_exec),
		ROW(words_of_files),
		ROW(words_nobody_knows),
		ROW(neither_words_nor_paths),
		ROW(strings_used_twice),
		ROW(too_many_strings),
		ROW(strings_missing),
		ROW(strings_left),
		ROW(a_string_that_is_no_path),
		ROW(no_string),
		ROW(network_of_files),
		ROW(an_operation_nobody_knows),
		ROW(no_addresses),
		ROW(addresses_left),
		ROW(too_many_addresses),
		ROW(addresses_used_twice),
		ROW(a_kind_nobody_knows),
		ROW(no_kind),
		ROW(a_family_to_connect_to),
		ROW(an_address_to_make_a_socket_of),
		ROW(a_prefix_too_long),
		ROW(bits_beyond_the_prefix),
		ROW(bits_beyond_IPv4),
		ROW(ports_backwards),
		ROW(a_protocol_nobody_knows),
		ROW(a_name_without_pattern),
		ROW(a_name_that_is_no_path),
		ROW(an_abstract_name_that_is_a_path),
		ROW(a_pattern_of_an_address),
		ROW(an_address_without_text),
		ROW(a_type_of_an_address),
		ROW(a_type_with_flags),
		ROW(a_family_too_great),
		ROW(a_rule_without_text),
		ROW(a_rule_of_no_file),
	};
	struct policy *policy = parse();
	char *bytes, *copy;
	size_t length;

	write_sample(policy, &bytes, &length);
	copy = malloc(length);
	cr_assert_not_null(copy);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct image_header *h = (struct image_header *)copy;
		struct image *image = NULL;
		struct sections s = {.header = h};
		int error;

		memcpy(copy, bytes, length);
		s.paths = (struct image_path *)(copy + h->sections[SECTION_PATHS].offset);
		s.nets = (struct image_net *)(copy + h->sections[SECTION_NETS].offset);
		s.addresses =
			(struct image_address *)(copy + h->sections[SECTION_ADDRESSES].offset);
		s.strings = (uint32_t *)(copy + h->sections[SECTION_STRINGS].offset);
		s.rules = (struct image_rule *)(copy + h->sections[SECTION_RULES].offset);
		rows[i].spoil(&s);
		sum(copy, length);
		error = image_parse(copy, length, "x", NULL, &image);
		cr_expect_eq(error, i == 0 ? 0 : -EINVAL, "%s", rows[i].name);
		image_free(image);
	}
	free(copy);
	free(bytes);
	policy_free(policy);
}

Test(image, a_file_that_cannot_be_written_leaves_the_old_one, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	struct stat before, after;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(stat(path, &before), 0);
	cr_assert_eq(image_write(policy, "/proc/self/nowhere/x.bailiff", diag, NULL), -ENOENT);
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_eq(stat(path, &after), 0);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	diag_free(diag);
	policy_free(policy);
}

Test(image, what_is_no_file_is_written_to_and_not_replaced, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	char got[8] = "";
	struct stat st;
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK);
	cr_assert_geq(fd, 0);
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(read(fd, got, sizeof(got)), (ssize_t)sizeof(got));
	cr_assert_arr_eq(got, "bailiff", 7);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(S_ISFIFO(st.st_mode), "the fifo is gone");
	close(fd);
	policy_free(policy);
}

Test(image, what_is_none_is_left_to_the_reader_of_yaml, .init = make_directory,
     .fini = remove_directory)
{
	struct image *image = NULL;
	FILE *file;

	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "it is not there");
	cr_assert_eq(mkfifo(path, 0644), 0);
	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "a fifo");
	cr_assert_eq(unlink(path), 0);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert(fputs("bailiff: 1\n", file) >= 0);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "YAML");
	cr_assert_null(image);
}

Test(image, root_reads_it_only_from_safe_hands, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;

	if (geteuid() != 0)
		cr_skip_test("only root is so careful");
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(chmod(path, 0666), 0);
	cr_assert_eq(image_read(path, NULL, &image), -EPERM);
	cr_assert_eq(chmod(path, 0644), 0);
	cr_assert_eq(chown(path, 65534, 0), 0);
	cr_assert_eq(image_read(path, NULL, &image), -EPERM);
	cr_assert_null(image);
	policy_free(policy);
}
