/* SPDX-License-Identifier: Apache-2.0 */
/* What attacks on bailiff's input share. The files are in the place, which is the working directory. */
#ifndef ATTACKS_INPUT_H
#define ATTACKS_INPUT_H

#include <sys/resource.h>
#include <time.h>

#include "attack.h"

#define SECONDS 20	      /* a slow machine's; it takes far less */
#define MEMORY	(512ul << 20) /* address space */

/* `bailiff ARGV...` in bounded time and memory; says what it said. 0: done; EINVAL: refused. */
static inline int told(const char *const *argv)
{
	const struct rlimit limit = {MEMORY, MEMORY};
	int status;

	if (setrlimit(RLIMIT_AS, &limit))
		return WRONG;
	status = bailiff(SECONDS, argv);
	printf("%s\n(status %d)\n", bailiff_output, status);
	fflush(stdout);
	return status == 0 ? 0 : status > 0 && status != WRONG ? EINVAL : WRONG;
}
#define TOLD(...) told((const char *const[]){__VA_ARGS__, NULL})

/* Is there a policy `text` that can be read? */
static inline int checked(const char *text, size_t size)
{
	put("policy.yaml", text, size, 0644);
	return TOLD("check", "policy.yaml");
}
static inline int imported(const char *text, size_t size)
{
	put("profile.json", text, size, 0644);
	return TOLD("import", "profile.json");
}

#define HEAD  "version: 1\nname: x\n"
#define CALLS "syscalls: {default: allow, deny: [mkdir]}\n"

/* HEAD, then `one` so many times, then `rest`: malloc'ed, for a process that ends soon. */
static inline char *many(const char *head, const char *one, size_t n, const char *rest)
{
	char *text = malloc(strlen(head) + n * strlen(one) + strlen(rest) + 1), *at;

	if (!text)
		_exit(WRONG);
	at = stpcpy(text, head);
	while (n--)
		at = stpcpy(at, one);
	strcpy(at, rest);
	return text;
}

/* A report, as `run` writes them, whose texts are all TEXT (of a JSON string), into reports.jsonl. */
static inline void put_report(const char *text)
{
	static char line[8192];
	time_t now = time(NULL); /* what is old is forgotten */
	char when[64];
	int n;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.000000006Z", gmtime(&now));
	n = snprintf(
		line, sizeof(line),
		"{\"time\":\"%s\",\"policy\":\"%s\",\"rule\":\"%s:3\","
		"\"why\":\"%s\",\"class\":\"files\",\"operation\":\"read\",\"verdict\":\"denied\","
		"\"plane\":\"lsm\",\"object\":\"%s\",\"process\":{\"pid\":7,\"tid\":7,\"uid\":0,"
		"\"gid\":0,\"exe\":\"%s\",\"comm\":\"%s\",\"user\":\"%s\",\"cgroup\":\"%s\"},"
		"\"ancestors\":[{\"pid\":1,\"exe\":\"%s\",\"comm\":\"%s\"}],\"host\":\"%s\","
		"\"count\":1}\n",
		when, text, text, text, text, text, text, text, text, text, text, text);

	put("reports.jsonl", line, (size_t)n, 0644);
}
#define HOSTILE	    "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\r\\u202e<script>alert(1)</script>"
#define REPORT_TEXT (attack_harmless ? "harmless" : HOSTILE)

/* Has a control byte of the attacker's come through, where none but newlines belong? 0: it has (or, of
 * something harmless, what was told of it came). */
static inline int came_through(const char *output)
{
	if (attack_harmless)
		return strstr(output, "harmless") ? 0 : WRONG;
	for (const unsigned char *c = (const unsigned char *)output; *c; c++)
		if ((*c < ' ' && *c != '\n') || *c == 0x7f ||
		    (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) ||
		    strncmp((const char *)c, "\xe2\x80\xae", 3) == 0)
			return 0;
	return strstr(output, "owned") ? EPERM : WRONG;
}

#endif
