/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled policies from hostile hands: whatever is accepted must decide, be held by Landlock, and free,
 * without a fault. An input that begins with 'p' is patches of a good image, six bytes each: which word,
 * and its new value; any other is an image's bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "bailiff/image.h"
#include "bailiff/landlock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"version: 1\nname: fuzz\narchitectures: [x86_64]\n"
	"syscalls:\n  default: deny\n  allow: [read, {lseek: {offset: {lt: 0x100000003}}}]\n"
	"  audit: [write]\n  deny:\n"
	"    - {calls: [ptrace], action: kill, why: tracing}\n    - ioctl: {cmd: [0x5401, "
	"0x5402]}\n"
	"files:\n  default: allow\n  deny: [{paths: [/a/b, '/a/*.so'], access: [read, chmod]}]\n"
	"exec: {default: allow, deny: [anonymous-memory, '/tmp/**']}\n"
	"network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp', "
	"'*:53/udp']}\n"
	"    - {bind: ['unix:@a/*', '[fd00::/8]:*/*', 'unix:/run/?']}\n"
	"    - {socket: [AF_INET], type: [1]}\n"
	"kernel: {default: deny}\ncapabilities: {default: deny, allow: [CHOWN]}\n";

static uint8_t *good;
static size_t good_length;

static void make(void)
{
	char path[] = "/tmp/bailiff-fuzz-XXXXXX";
	int fd = mkstemp(path);
	struct policy *policy;
	FILE *file;
	long end;

	if (fd < 0 || policy_parse(text, sizeof(text) - 1, "fuzz", NULL, &policy) < 0 ||
	    image_write(policy, path, NULL, NULL) < 0)
		abort();
	close(fd);
	policy_free(policy);
	file = fopen(path, "r"); /* a new one: it was renamed there */
	if (!file || fseek(file, 0, SEEK_END) < 0 || (end = ftell(file)) < 0)
		abort();
	rewind(file);
	good_length = (size_t)end;
	good = malloc(good_length);
	if (!good || fread(good, 1, good_length, file) != good_length)
		abort();
	fclose(file);
	unlink(path);
}

static void use_filters(const struct image *image)
{
	static const uint64_t nonce[FILTER_NONCE_WORDS] = {1, 2, 3};
	struct filter *gated = NULL;

	for (unsigned i = 0; i < IMAGE_MODES && image->filters[i]; i++) {
		const struct filter *filter = image->filters[i];
		struct seccomp_data data = {.arch = arch_audit(ARCH_X86_64)};

		if (filter_check(filter->code, filter->length) < 0)
			abort();
		(void)filter_needs(filter);
		for (data.nr = 0; data.nr < 20; data.nr++)
			(void)filter_run(filter->code, filter->length, &data, NULL);
		if (filter_with_gate(filter, nonce, NULL, &gated) == 0)
			filter_free(gated);
		gated = NULL;
	}
}

static void use_landlock(const struct policy *policy)
{
	const struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST};
	struct landlock *landlock = NULL;
	uint32_t rule;

	if (landlock_compile(policy, &options, NULL, &landlock) < 0)
		return;
	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		(void)landlock_allows(landlock, bit, "/a/x.so", &rule);
		(void)landlock_blame(landlock, bit, "/a");
	}
	for (unsigned bit = 0; bit < LANDLOCK_NET_BITS; bit++)
		(void)landlock_blame_port(landlock, bit, 80);
	landlock_free(landlock);
}

static void use(const struct image *image)
{
	const struct policy *policy = image->policy;
	struct policy_decision decision;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++)
		for (uint32_t nr = 0; nr < 500; nr++) {
			decision = policy_decide(policy, arch, nr,
						 (uint64_t[CALL_ARGS]){nr, 1, UINT64_MAX, 3, 4, 5});
			if (decision.rule != POLICY_NO_RULE && decision.rule >= policy->n_rules)
				abort();
			(void)policy_nearest(policy, arch, nr, &decision);
		}
	(void)policy_decide_foreign(policy);
	(void)policy_wants_filter(policy);
	(void)policy_closed_access(policy);
	(void)policy_closed_protocol(policy, 6);
	(void)policy_closed_unix(policy);
	(void)policy_shut_call(policy, NET_BIND, NET_ANY);
	for (uint32_t i = 0; i < policy->n_rules; i++)
		(void)(strlen(policy->rules[i].pos.file) + strlen(policy->rules[i].text) +
		       (policy->rules[i].why ? strlen(policy->rules[i].why) : 0));
	use_filters(image);
	use_landlock(policy);
}

static void patch(uint8_t *copy, const uint8_t *data, size_t size)
{
	uint32_t value;
	uint16_t word;

	for (; size >= 6; data += 6, size -= 6) {
		memcpy(&word, data, sizeof(word));
		memcpy(&value, data + 2, sizeof(value));
		memcpy(copy + word * 4u % (good_length - 3), &value, sizeof(value));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image *image = NULL;
	bool patches = size && data[0] == 'p';
	uint32_t length, crc;
	uint8_t *copy;

	if (!good)
		make();
	if (!patches && size < 40)
		return 0;
	length = (uint32_t)(patches ? good_length : size);
	copy = malloc(length); /* of just this size: a byte too far is seen */
	if (!copy)
		return 0;
	memcpy(copy, patches ? good : data, length);
	if (patches)
		patch(copy, data + 1, size - 1);
	/* Length, version and check sum are made right, so that what lies behind them is reached. */
	memcpy(copy, good, 12);
	memcpy(copy + 12, &length, sizeof(length));
	memset(copy + 24, 0, 16);
	memcpy(copy + 24, BAILIFF_VERSION, sizeof(BAILIFF_VERSION));
	crc = (uint32_t)crc32_z(0, copy + 20, length - 20);
	memcpy(copy + 16, &crc, sizeof(crc));
	if (image_parse(copy, length, "fuzz", NULL, &image) == 0) {
		use(image);
		image_free(image);
	} else if (size == 1 && patches) {
		abort(); /* not even the good one */
	}
	free(copy);
	return 0;
}
