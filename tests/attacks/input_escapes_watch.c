/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	pid_t pid;
	int error;

	put_report("harmless");
	if (TOLD("store", "--store", "store.db", "import", "reports.jsonl"))
		return WRONG;
	put_report(REPORT_TEXT);
	pid = fork();
	if (pid == 0) {
		sleep(2);
		_exit(TOLD("store", "--store", "store.db", "import", "reports.jsonl"));
	}
	error = TOLD("watch", "--stored", "--store", "store.db", "-n", "1");
	return error ? WRONG : came_through(bailiff_output);
}
ATTACK(input_escapes_watch, .attack = attack);
