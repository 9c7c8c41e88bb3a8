/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	put_report(REPORT_TEXT);
	if (TOLD("report", "--from", "reports.jsonl", "show", "1"))
		return WRONG;
	return came_through(bailiff_output);
}
ATTACK(input_escapes_show, .attack = attack);
