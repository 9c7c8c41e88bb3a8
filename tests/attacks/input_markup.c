/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int in_page(void)
{
	static char page[4 << 20];
	int fd = open("page.html", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, r;

	while ((r = read(fd, page + n, sizeof(page) - 1 - (size_t)n)) > 0)
		n += r;
	if (attack_harmless)
		return strstr(page, "harmless") ? 0 : WRONG;
	if (strstr(page, "<script>alert(1)"))
		return 0;
	printf("%s\n", strstr(page, "\\u003cscript") ? "&lt;script&gt;" : "");
	fflush(stdout);
	return EPERM;
}

static int attack(void)
{
	put_report(attack_harmless ? "<b>harmless" : HOSTILE);
	if (TOLD("report", "--from", "reports.jsonl", "--html", "page.html"))
		return WRONG;
	return in_page();
}
ATTACK(input_markup, .attack = attack);
