/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "filter_internal.h"

static const char *arch_comment(uint32_t k)
{
	enum arch arch;

	for (arch = 0; arch < ARCH_COUNT; arch++)
		if (arch_audit(arch) == k)
			return arch_name(arch);
	return NULL;
}

static void print_return(uint32_t k, FILE *out)
{
	uint32_t data = k & SECCOMP_RET_DATA;
	const char *name;

	switch (k & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		fputs("ret  ALLOW", out);
		break;
	case SECCOMP_RET_LOG:
		fputs("ret  LOG", out);
		break;
	case SECCOMP_RET_USER_NOTIF:
		fputs("ret  USER_NOTIF", out);
		break;
	case SECCOMP_RET_TRAP:
		fputs("ret  TRAP", out);
		break;
	case SECCOMP_RET_KILL_THREAD:
		fputs("ret  KILL_THREAD", out);
		break;
	case SECCOMP_RET_KILL_PROCESS:
		fputs("ret  KILL_PROCESS", out);
		break;
	case SECCOMP_RET_ERRNO:
		name = names_errno((int)data);
		fprintf(out, "ret  ERRNO %" PRIu32 "%s%s", data, name ? "\t; " : "",
			name ? name : "");
		break;
	default:
		fprintf(out, "ret  %#" PRIx32, k);
	}
}

static void print_load(uint32_t k, FILE *out)
{
	uint32_t arg;

	if (k == WORD_NR) {
		fputs("ld   nr", out);
	} else if (k == WORD_ARCH) {
		fputs("ld   arch", out);
	} else if (k >= WORD_LOW(0)) {
		arg = (k - WORD_LOW(0)) / 8;
		fprintf(out, "ld   arg%" PRIu32 ".%s", arg, k == WORD_LOW(arg) ? "low" : "high");
	} else {
		fprintf(out, "ld   [%" PRIu32 "]", k);
	}
}

/* What A holds at each instruction matters only for the comments, so the latest load above is good
 * enough. */
static void print_jump(const struct sock_filter *in, size_t at, uint32_t loaded, uint32_t audit,
		       FILE *out)
{
	const char *op = BPF_OP(in->code) == BPF_JEQ   ? "jeq "
			 : BPF_OP(in->code) == BPF_JGE ? "jge "
			 : BPF_OP(in->code) == BPF_JGT ? "jgt "
						       : "jset";
	const struct name_call *call = NULL;
	const char *comment = NULL;
	enum arch arch;

	fprintf(out, "%s %#" PRIx32 ", %zu, %zu", op, in->k, at + 1 + in->jt, at + 1 + in->jf);
	if (loaded == WORD_ARCH)
		comment = arch_comment(in->k);
	if (loaded == WORD_NR && arch_of_call(audit, in->k, &arch) == 0)
		call = names_call_by_nr(arch, in->k);
	if (call)
		comment = call->name;
	if (comment)
		fprintf(out, "\t; %s", comment);
}

void filter_print(const struct sock_filter *code, size_t length, FILE *out)
{
	uint32_t loaded = 0, audit = arch_audit(arch_native());
	uint32_t section[8] = {0};
	size_t starts[8], sections = 0, i, j;

	for (i = 0; i < length; i++) {
		fprintf(out, "%4zu\t", i);
		for (j = 0; j < sections; j++)
			if (starts[j] == i)
				audit = section[j];
		if (code[i].code == (BPF_LD | BPF_W | BPF_ABS)) {
			loaded = code[i].k;
			print_load(code[i].k, out);
		} else if (code[i].code == (BPF_ALU | BPF_AND | BPF_K)) {
			fprintf(out, "and  %#" PRIx32, code[i].k);
		} else if (code[i].code == (BPF_JMP | BPF_JA)) {
			fprintf(out, "ja   %zu", i + 1 + code[i].k);
		} else if (BPF_CLASS(code[i].code) == BPF_RET) {
			print_return(code[i].k, out);
		} else {
			print_jump(&code[i], i, loaded, audit, out);
			if (loaded == WORD_ARCH && sections < ARRAY_LEN(section)) {
				section[sections] = code[i].k;
				starts[sections++] = i + 1 + code[i].jt;
			}
		}
		fputc('\n', out);
	}
}
