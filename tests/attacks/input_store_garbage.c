/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	put_report("harmless");
	if (TOLD("store", "--store", "store.db", "import", "reports.jsonl"))
		return WRONG;
	if (!attack_harmless)
		put("store.db", many("", "z", 20000, ""), 20000, 0644);
	return TOLD("report", "--store", "store.db");
}
ATTACK(input_store_garbage, .attack = attack);
