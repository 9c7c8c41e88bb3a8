/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	put_report("harmless");
	if (TOLD("store", "--store", "store.db", "import", "reports.jsonl"))
		return WRONG;
	if (!attack_harmless && truncate("store.db", 6000))
		return WRONG;
	return TOLD("report", "--store", "store.db");
}
ATTACK(input_store_cut, .attack = attack);
