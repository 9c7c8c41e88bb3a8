/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	if (!linked_cat())
		return cant("there is no dynamic loader here");
	if (copy_file("/lib/x86_64-linux-gnu/audit/sotruss-lib.so", "secret/auditor", 0755) ||
	    loads("secret/auditor", "LD_AUDIT", "open/maps"))
		return cant("there is no library here that audits");
	return 0;
}
static int attack(void)
{
	return loads("secret/auditor", "LD_AUDIT", "open/maps");
}
ATTACK(exec_audit_library, .prepare = prepare, .attack = attack);
