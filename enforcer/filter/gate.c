/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "filter_internal.h"

#define HEAD 4					 /* arch and number */
#define GATE (HEAD + 4 * FILTER_NONCE_WORDS + 1) /* two loads and two tests a word, and a RET */

/* execve reads three arguments; the registers of the other three are free for the nonce. */
#define FIRST_FREE 3

static struct sock_filter load(uint32_t word)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, word);
}

/* Goes on where A is k, else past the gate of which `at` instructions are written. */
static struct sock_filter must_be(uint32_t k, size_t at)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0,
					    (uint8_t)(GATE - at - 1));
}

int filter_with_gate(const struct filter *filter, const uint64_t nonce[FILTER_NONCE_WORDS],
		     struct diag *diag, struct filter **ret_filter)
{
	struct filter *gated;
	size_t n = 0;
	unsigned i;

	if (filter->length + GATE > FILTER_MAX) {
		diag_error(diag, NULL,
			   "the policy denies execve, and its filter of %zu instructions leaves no "
			   "room for the %d that let the launcher's own pass (the limit is %d)",
			   filter->length, GATE, FILTER_MAX);
		return -E2BIG;
	}
	gated = malloc(sizeof(*gated));
	if (!gated)
		return -ENOMEM;
	gated->length = filter->length + GATE;
	gated->code = calloc(gated->length, sizeof(*gated->code));
	if (!gated->code) {
		free(gated);
		return -ENOMEM;
	}
	gated->code[n++] = load(WORD_ARCH);
	gated->code[n] = must_be(arch_audit(arch_native()), n);
	n++;
	gated->code[n++] = load(WORD_NR);
	gated->code[n] = must_be(SYS_execve, n);
	n++;
	for (i = 0; i < FILTER_NONCE_WORDS; i++) {
		gated->code[n++] = load(WORD_LOW(FIRST_FREE + i));
		gated->code[n] = must_be((uint32_t)nonce[i], n);
		n++;
		gated->code[n++] = load(WORD_HIGH(FIRST_FREE + i));
		gated->code[n] = must_be((uint32_t)(nonce[i] >> 32), n);
		n++;
	}
	gated->code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	memcpy(gated->code + n, filter->code, filter->length * sizeof(*filter->code));
	*ret_filter = gated;
	return 0;
}
