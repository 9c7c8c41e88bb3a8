/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{"
				       "\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";
	static const char hostile[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":4294967296,\"value\":1,\"op\":"
		"\"SCMP_CMP_EQ\"}]}]}";

	return attack_harmless ? imported(harmless, sizeof(harmless) - 1)
			       : imported(hostile, sizeof(hostile) - 1);
}
ATTACK(input_json_index, .attack = attack);
