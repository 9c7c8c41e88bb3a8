/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "room.h"

int report_page(const struct report *report, struct store *store, const struct report_look *look,
		FILE *out, struct diag *diag)
{
	(void)report;
	(void)store;
	(void)look;
	(void)out;
	(void)diag;
	return -ENOSYS;
}
