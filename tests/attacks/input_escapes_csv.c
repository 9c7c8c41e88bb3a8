/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	char *from = bailiff_output, *to = bailiff_output;

	put_report(REPORT_TEXT);
	if (TOLD("report", "--from", "reports.jsonl", "--csv"))
		return WRONG;
	for (; *from; from++) /* lines end in both */
		if (strncmp(from, "\r\n", 2) != 0)
			*to++ = *from;
	*to = 0;
	return came_through(bailiff_output);
}
ATTACK(input_escapes_csv, .attack = attack);
