/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock: what the kernel lets a program do that `bailiff run` has started, against what the policy
 * says, for policies of every shape and for random ones.
 *
 *   landlock DIRECTORY BAILIFF PROGRAM table [ROW]          those of the table, or those with ROW in the name
 *   landlock DIRECTORY BAILIFF PROGRAM compiled [ROW]       the same, by bailiff compile; no refusals
 *   landlock DIRECTORY BAILIFF PROGRAM random SEED COUNT    that many random ones of files and exec
 *   landlock DIRECTORY BAILIFF PROGRAM network SEED COUNT   that many random ones of network
 */
#include "confined.h"
#include "confined_random.h"
#include "confined_table.h"
#include "confined_walk.h"

static const char *bailiff;

static void usual_tree(void)
{
	static const struct node usual[] = {
		{"", DIRECTORY},	  {"/a", DIRECTORY},
		{"/a/b", DIRECTORY},	  {"/a/b/c", DIRECTORY},
		{"/a/b/c/f", FILE_PLAIN}, {"/a/b/f", FILE_PLAIN},
		{"/a/b/x", FILE_RUN},	  {"/a/e", DIRECTORY_EMPTY},
		{"/a/f", FILE_PLAIN},	  {"/a/x", FILE_RUN},
		{"/a/s", SOCKET},	  {"/d", DIRECTORY},
		{"/d/b", DIRECTORY},	  {"/d/b/e", DIRECTORY_EMPTY},
		{"/d/b/x", FILE_RUN},	  {"/d/f", FILE_PLAIN},
		{"/d/s", SOCKET},	  {"/k", DIRECTORY},
		{"/k/f", FILE_PLAIN},
	};
	static const char *const usual_names[] = {"a", "b", "c",   "d",	 "e",	 "f",	"k",
						  "s", "x", "new", "zz", "none", "sub", NULL};

	n_nodes = 0;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		plant(usual[i].path, usual[i].kind);
	names = usual_names;
}

static unsigned refused;

/* Of a policy that has been written. `refusal`: why it may be refused, or NULL. */
static void judge(const char *text, const char *refusal)
{
	bool network = strstr(text, "network:") != NULL;
	bool started;
	int status;

	if (compile() < 0) {
		fault("the policy's own evaluation refuses it");
		return;
	}
	grow();
	started = session_start(bailiff);
	if (started) {
		if (strstr(text, "files:") || strstr(text, "exec:") || strstr(text, "unix:"))
			walk_tree();
		if (network)
			walk_network();
	}
	status = session_end();
	if (refusal && status == 125 && strstr(error_text(), refusal))
		refused++;
	else if (!started)
		fault("it is refused: %s", error_text());
	else if (status != 0 && !n_faults)
		fault("status %d: %s", status, error_text());
}

static void judge_refusal(const struct row *row)
{
	int status;

	grow();
	if (session_start(bailiff))
		fault("it is not refused by ABI %d", abi);
	status = session_end();
	if (status != 125)
		fault("status %d", status);
	if (!error_says(row->line, row->says))
		fault("line %u, '%s', is not what it says: %s", row->line, row->says, error_text());
}

static void run_row(const struct row *row)
{
	if (compiled && abi < row->abi)
		return;
	usual_tree();
	write_policy(row->classes);
	if (abi >= row->abi)
		judge(row->classes, NULL);
	else
		judge_refusal(row);
	judged(row->name);
}

static void run_random(uint64_t first, unsigned count, bool network)
{
	static const char *const random_names[] = {"a", "b", "ab", "f", "x", "new", "zb", NULL};
	char name[64];

	names = random_names;
	if (abi == 0)
		return; /* they would all be refused */
	for (unsigned i = 0; i < count; i++) {
		const char *text;

		seed = (first + i) * 0x9e3779b97f4a7c15ull + 1;
		random_tree();
		if (network)
			n_nodes = 4;
		text = random_policy(network);
		write_policy(text);
		judge(text, network ? ": network: " : ONLY_WHOLE);
		snprintf(name, sizeof(name), "random policy %llu", (unsigned long long)(first + i));
		if (n_faults) {
			printf("%s", text);
			judged(name);
		}
	}
	printf("NOTE %u random policies (%u refused), %u answers of the kernel, %u stricter than "
	       "the "
	       "policy, as documented\n",
	       count, refused, asked, over);
	snprintf(name, sizeof(name), "%u random policies%s", count,
		 network ? " of the network" : "");
	if (failures)
		fault("%d of them", failures);
	if (refused > (network ? count * 9 / 10 : count / 5) + 1)
		fault("%u are refused", refused);
	judged(name);
}

/* Whom it must not reach by its abstract name. */
static void listen_outside(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	format(outside, "@bailiff-outside-%d", (int)getpid());
	memcpy(un.sun_path, outside, strlen(outside));
	un.sun_path[0] = '\0';
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&un,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(outside))) ||
	    listen(fd, 1024))
		die("listen");
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("landlock: it wants what its first comment says\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	snprintf(work, sizeof(work), "%s", argv[1]);
	snprintf(top, sizeof(top), "%s/t", work);
	snprintf(stash, sizeof(stash), "%s/stash", work);
	snprintf(policy_file, sizeof(policy_file), "%s/policy.yaml", work);
	snprintf(report_file, sizeof(report_file), "%s/report.jsonl", work);
	snprintf(error_file, sizeof(error_file), "%s/err", work);
	bailiff = argv[2];
	snprintf(program, sizeof(program), "%s", argv[3]);
	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	abi = abi < 0 ? 0 : abi;
	printf("NOTE Landlock ABI %d\n", abi);
	listen_outside();
	if (argc > 6) {
		run_random(strtoull(argv[5], NULL, 0), (unsigned)atoi(argv[6]),
			   strcmp(argv[4], "network") == 0);
		return failures != 0;
	}
	compiled = strcmp(argv[4], "compiled") == 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (argc < 6 || strstr(rows[i].name, argv[5]))
			run_row(&rows[i]);
	return failures != 0;
}
