/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	put_report("harmless");
	if (!attack_harmless)
		put("reports.jsonl", "{\"time\":5,\"process\":[[[]]],\"count\":1e999}\n", 44, 0644);
	return TOLD("report", "--from", "reports.jsonl");
}
ATTACK(input_reports, .attack = attack);
