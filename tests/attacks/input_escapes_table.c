/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	put_report(REPORT_TEXT);
	if (TOLD("report", "--from", "reports.jsonl", "--width", "0"))
		return WRONG;
	return came_through(bailiff_output);
}
ATTACK(input_escapes_table, .attack = attack);
