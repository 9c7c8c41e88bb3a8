/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a filter refused, under real policies and small ones. Diffs are written by hand. */
#include "help_suggest.h"

#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>

TestSuite(suggest_calls, .timeout = 120);

#define HEAD "version: 1\nname: t\narchitectures: [x86_64]\n"

static const struct row real[] = {
	{
		.name = "denied by default, no argument has a meaning of its own",
		.file = "policies/strict.yaml",
		.call = "chdir",
		.args = {{0x7ffd0000}},
		.golden = "strict-chdir",
		.notes = {"no rule asks for filename of chdir"},
		.unwarned = true,
	},
	{
		.name = "a command more in a list",
		.file = "policies/strict.yaml",
		.call = "ioctl",
		.args = {{1, TIOCSWINSZ, 0x7ffd0000}},
		.golden = "strict-ioctl",
		.unwarned = true,
	},
	{
		.name = "a family that no rule knows: one rule with all three arguments",
		.file = "tests/suggest/policies/nginx.yaml",
		.call = "socket",
		.args = {{AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0}},
		.golden = "nginx-socket",
		.unwarned = true,
	},
	{
		.name = "refused by two rules with arguments: all but the very call still is",
		.file = "tests/suggest/policies/nginx.yaml",
		.call = "mmap",
		.args = {{0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1ul, 0}},
		.golden = "nginx-mmap",
		.warnings = {"writable and executable"},
	},
	{
		.name = "a word of exec refuses it, which a rule of syscalls does not outrank",
		.file = "policies/nginx.yaml",
		.call = "mmap",
		.args = {{0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1ul, 0}},
		.reason = "a rule of exec",
	},
	{
		.name = "denied by its name, nothing to ask for: taken out of the list",
		.file = "tests/suggest/policies/nginx.yaml",
		.call = "execve",
		.args = {{0x1000, 0x2000, 0x3000}},
		.golden = "nginx-execve",
	},
	{
		.name = "two classes refuse it",
		.file = "tests/suggest/policies/redis.yaml",
		.call = "bpf",
		.args = {{5, 0x1000, 128}},
		.golden = "redis-bpf",
		.warnings = {"bpf reaches bpf"},
	},
	{
		.name = "capabilities shut user namespaces, which no rule opens",
		.file = "policies/postgresql.yaml",
		.call = "clone3",
		.args = {{0x1000, 88}},
		.reason = "capabilities",
	},
	{
		.name = "a value taken out of those refused",
		.file = "examples/web.yaml",
		.call = "ioctl",
		.args = {{0, TIOCSTI, 0x1000}},
		.golden = "web-ioctl",
		.warnings = {"TIOCSTI"},
	},
	{
		.name = "a rule that refuses all but some families: all but the very call still is",
		.file = "examples/web.yaml",
		.call = "socket",
		.args = {{AF_NETLINK, SOCK_RAW, 0}},
		.golden = "web-socket",
	},
	{
		.name = "several families: no rule for what another refuses as well",
		.file = "examples/web.yaml",
		.call = "socket",
		.args = {{AF_PACKET, SOCK_STREAM, 0},
			 {AF_ALG, SOCK_STREAM, 0},
			 {AF_VSOCK, SOCK_STREAM, 0}},
		.n = 3,
		.golden = "web-socket-3",
	},
	{
		.name = "a value more in a not",
		.file = "examples/web.yaml",
		.call = "personality",
		.args = {{8}},
		.golden = "web-personality",
	},
	{
		.name = "the class is not in the file, its default comes from an include",
		.file = "examples/web.yaml",
		.call = "keyctl",
		.args = {{1, 2, 3, 4, 5}},
		.golden = "web-keyctl",
	},
	{
		.name = "the same by way of an include",
		.file = "examples/web.yaml",
		.call = "clone3",
		.args = {{0x1000, 88}},
		.reason = "user namespaces",
	},
	{
		.name = "several values of one argument",
		.file = "tests/suggest/policies/redis.yaml",
		.call = "prctl",
		.args = {{PR_SET_DUMPABLE, 1}, {PR_GET_DUMPABLE}, {PR_SET_NO_NEW_PRIVS, 1}},
		.n = 3,
		.golden = "redis-prctl",
	},
	{
		.name = "the one value that a rule refuses: the rule goes",
		.text = HEAD "syscalls:\n  default: allow\n  deny:\n    - reboot\n"
			     "    - ioctl: {cmd: TIOCSTI}\n",
		.call = "ioctl",
		.args = {{0, TIOCSTI, 0x1000}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -5,4 +5,3 @@\n   default: allow\n   deny:\n"
			"     - reboot\n-    - ioctl: {cmd: TIOCSTI}\n",
		.warnings = {"TIOCSTI"},
	},
	{
		.name = "several values of one argument, no rule yet",
		.text = HEAD "syscalls: {default: deny, allow: [read]}\n",
		.call = "socket",
		.args = {{AF_INET, SOCK_DGRAM, 0},
			 {AF_INET6, SOCK_DGRAM, 0},
			 {AF_INET, SOCK_DGRAM, 0}},
		.n = 3,
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1,4 +1,4 @@\n version: 1\n name: t\n"
			" architectures: [x86_64]\n-syscalls: {default: deny, allow: [read]}\n"
			"+syscalls: {default: deny, allow: [read, {socket: {domain: [AF_INET, "
			"AF_INET6], type: SOCK_DGRAM, protocol: 0}}]}\n",
	},
	{
		.name = "a family more in a rule of two types would allow both: a rule of its own",
		.text = HEAD
		"syscalls:\n  default: deny\n  allow:\n    - socket: {family: [AF_UNIX], "
		"type: [SOCK_STREAM, SOCK_DGRAM], protocol: 0}\n",
		.call = "socket",
		.args = {{AF_INET, SOCK_STREAM, 0}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -5,3 +5,4 @@\n   default: deny\n   allow:\n"
			"     - socket: {family: [AF_UNIX], type: [SOCK_STREAM, SOCK_DGRAM], "
			"protocol: "
			"0}\n+    - socket: {family: AF_INET, type: SOCK_STREAM, protocol: 0}\n",
	},
	{
		.name = "two arguments differ: a rule each, so that no mixture is allowed",
		.file = "tests/suggest/policies/redis.yaml",
		.call = "socket",
		.args = {{AF_VSOCK, SOCK_STREAM, 0}, {AF_ALG, SOCK_SEQPACKET, 0}},
		.n = 2,
		.golden = "redis-socket",
	},
	{
		.name = "unshare",
		.file = "policies/container-default.yaml",
		.call = "unshare",
		.args = {{CLONE_NEWUSER}},
		.golden = "default-unshare",
		.warnings = {"hands all capabilities back"},
	},
	{
		.name = "a policy inside of the program",
		.file = "strict",
		.call = "chdir",
		.args = {{0x7ffd0000}},
		.golden = "shipped-chdir",
		.notes = {"write the changed one to /etc/bailiff/policies/strict.yaml"},
	},
	{
		.name = "ptrace",
		.file = "policies/strict.yaml",
		.call = "ptrace",
		.args = {{16, 1234, 0, 0}},
		.golden = "strict-ptrace",
		.warnings = {"ptrace reaches ptrace"},
	},
};

/* What run's filter holds of other classes. */
static const struct row objects[] = {
	{
		.name = "a family",
		.text = HEAD "network: {default: deny, allow: [{socket: [AF_ALG]}]}\n",
		.call = "socket",
		.args = {{AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1,4 +1,4 @@\n version: 1\n name: t\n"
			" architectures: [x86_64]\n-network: {default: deny, allow: [{socket: "
			"[AF_ALG]}]}\n+network: {default: deny, allow: [{socket: [AF_ALG]}, "
			"{socket: [AF_NETLINK], type: [SOCK_RAW]}]}\n",
		.opens = "socket with family AF_NETLINK, any type that no other rule refuses, any "
			 "protocol",
	},
	{
		.name = "a protocol that may go nowhere",
		.text = HEAD "network: {default: deny}\n",
		.call = "socket",
		.args = {{AF_INET, SOCK_STREAM, 0}},
		.reason =
			"t.yaml:4 has a rule of network that refuses socket: no address allows it",
	},
	{
		.name = "what nobody may do",
		.text = HEAD "network: {default: deny}\n",
		.call = "bind",
		.args = {{3, 0x1000, 16}},
		.reason = "no address allows it",
	},
	{
		.name = "what is implied says why",
		.text = HEAD "network: {default: deny}\n",
		.call = "io_uring_setup",
		.args = {{3, 0x1000}},
		.reason = "io_uring makes and uses sockets",
	},
	{
		.name = "memory",
		.text = HEAD "exec: {default: allow, deny: [anonymous-memory]}\n",
		.call = "mprotect",
		.args = {{0x1000, 4096, PROT_EXEC}},
		.reason = "could be executed",
	},
	{
		.name = "a mode",
		.text = HEAD "files: {default: deny}\n",
		.call = "fchmod",
		.args = {{3, 0644}},
		.reason = "no path allows it",
	},
};

static const struct row small[] = {
	{
		.name = "denied by its name: a rule with arguments outranks that, the deny stays",
		.text = HEAD "syscalls:\n  default: allow\n  deny:\n    - personality # no\n",
		.call = "personality",
		.args = {{8}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,5 +3,7 @@\n architectures: [x86_64]\n"
			" syscalls:\n   default: allow\n+  allow:\n+    - personality: {persona: "
			"PER_LINUX32}\n   deny:\n     - personality # no\n",
		.unwarned = true,
	},
	{
		.name = "denied by a group",
		.text = HEAD "syscalls:\n  default: allow\n  deny: [\"@clock\"]\n",
		.call = "settimeofday",
		.args = {{0x1000, 0}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,6 @@\n architectures: [x86_64]\n"
			" syscalls:\n   default: allow\n+  allow:\n+    - settimeofday\n"
			"   deny: [\"@clock\"]\n",
		.warnings = {"settimeofday reaches clock",
			     "clock_settime is restricted here, but settimeofday"},
	},
	{
		.name = "clone3 by its name: the rule goes, its comment stays",
		.text = HEAD "syscalls:\n  default: deny\n  allow:\n    - read\n"
			     "  deny:\n    # quiet\n    - clone3: {action: errno ENOSYS}\n",
		.call = "clone3",
		.args = {{0x1000, 88}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -5,6 +5,6 @@\n   default: deny\n"
			"   allow:\n     - read\n-  deny:\n+    - clone3\n+  deny: []\n     # "
			"quiet\n"
			"-    - clone3: {action: errno ENOSYS}\n",
		.warnings = {"clone3: its flags lie in memory"},
	},
	{
		.name = "an include's rule by name: only arguments outrank it",
		.text = HEAD "include: [b.yaml]\nsyscalls:\n  default: deny\n",
		.include = HEAD "syscalls:\n  default: deny\n  deny: [clone3]\n",
		.call = "clone3",
		.args = {{0x1000, 88}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -4,3 +4,5 @@\n include: [b.yaml]\n syscalls:\n"
			"   default: deny\n+  allow:\n+    - clone3: {size: 88}\n",
		.warnings = {"clone3: its flags lie in memory"},
		.notes = {"only a rule with arguments outranks"},
	},
	{
		.name = "the only deny rule goes with its key",
		.text = HEAD "syscalls:\n  default: allow\n  deny:\n    - sync\n"
			     "capabilities: {default: allow}\n",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,6 +3,4 @@\n architectures: [x86_64]\n"
			" syscalls:\n   default: allow\n-  deny:\n-    - sync\n"
			" capabilities: {default: allow}\n",
		.unwarned = true,
	},
	{
		.name = "an included deny by name, nothing to ask for",
		.text = HEAD "include: [b.yaml]\nsyscalls:\n  default: allow\n",
		.include = HEAD "syscalls:\n  default: allow\n  deny: [sync]\n",
		.call = "sync",
		.reason =
			"b.yaml:6 has a rule of syscalls that refuses it, and nothing that t.yaml",
	},
	{
		.name = "an included deny that arguments outrank",
		.text = HEAD "include: [b.yaml]\nsyscalls:\n  default: allow\n",
		.include = HEAD "syscalls:\n  default: allow\n  deny: [personality]\n",
		.call = "personality",
		.args = {{0x0400000}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -4,3 +4,5 @@\n include: [b.yaml]\n syscalls:\n"
			"   default: allow\n+  allow:\n+    - personality: {persona: "
			"PER_LINUX|READ_IMPLIES_EXEC}\n",
		.warnings = {"personality with READ_IMPLIES_EXEC"},
		.notes = {"b.yaml:6 decided, which t.yaml includes; the change is to t.yaml"},
	},
	{
		.name = "the class is an include's alone",
		.text = HEAD "include: [b.yaml]\n# the end\n",
		.include = HEAD "syscalls:\n  default: errno ENOSYS\n  allow: [read]\n",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,4 +2,9 @@\n name: t\n"
			" architectures: [x86_64]\n include: [b.yaml]\n+\n+syscalls:\n"
			"+  default: errno ENOSYS\n+  allow:\n+    - sync\n # the end\n",
		.notes = {"b.yaml:5 decided"},
	},
	{
		.name = "flow style in one line",
		.text = "{version: 1, name: t, architectures: [x86_64], syscalls: {default: deny, "
			"allow: [read, write]}}\n",
		.call = "prctl",
		.args = {{PR_SET_NAME, 0x1000}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1 +1,2 @@\n-{version: 1, name: t, "
			"architectures: "
			"[x86_64], syscalls: {default: deny, allow: [read, write]}}\n"
			"+{version: 1, name: t, architectures: [x86_64], syscalls: {default: deny, "
			"allow: [read, write,\n+    {prctl: {op: PR_SET_NAME}}]}}\n",
	},
	{
		.name = "an empty list in brackets",
		.text = HEAD "syscalls: {default: deny, allow: []}",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1,4 +1,4 @@\n version: 1\n name: t\n"
			" architectures: [x86_64]\n-syscalls: {default: deny, allow: []}\n"
			"\\ No newline at end of file\n+syscalls: {default: deny, allow: [sync]}\n"
			"\\ No newline at end of file\n",
	},
	{
		.name = "CRLF, tabs before comments, no newline at the end",
		.text = "version: 1\r\nname: t\r\narchitectures: [x86_64]\r\nsyscalls:\r\n"
			"  default: deny\t# all\r\n  allow:\r\n  - read\t# one",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -4,4 +4,5 @@\n syscalls:\r\n"
			"   default: deny\t# all\r\n   allow:\r\n-  - read\t# one\n"
			"\\ No newline at end of file\n+  - read\t# one\r\n+  - sync\n"
			"\\ No newline at end of file\n",
	},
	{
		.name = "the list is an alias: another place would change with it",
		.text = HEAD "syscalls:\n  default: allow\n  audit: &x [sync]\n  deny: *x\n",
		.call = "sync",
		.reason = "t.yaml:6",
	},
	{
		.name = "allowed already",
		.text = HEAD "syscalls: {default: deny, allow: [sync]}\n",
		.call = "sync",
		.diff = "",
		.unwarned = true,
	},
	{
		.name = "audited is allowed, and would no longer be told",
		.text = HEAD "syscalls: {default: audit, allow: [read]}\n",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1,4 +1,4 @@\n version: 1\n name: t\n"
			" architectures: [x86_64]\n-syscalls: {default: audit, allow: [read]}\n"
			"+syscalls: {default: audit, allow: [read, sync]}\n",
	},
	{
		.name = "audited by a rule: it is taken out, in between others and their comments",
		.text = HEAD "syscalls:\n  default: allow\n  audit:\n    # a\n    - chdir\n"
			     "    # b\n    - sync   # c\n    # d\n    - fsync\n",
		.call = "sync",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -7,6 +7,5 @@\n     # a\n     - chdir\n     # "
			"b\n"
			"-    - sync   # c\n     # d\n     - fsync\n",
	},
	{
		.name = "a rule that refuses all but some values, as a block",
		.text = HEAD "syscalls:\n  default: allow\n  deny:\n    - socket:\n"
			     "        family:\n          gt: 2\n        why: no\n",
		.call = "socket",
		.args = {{AF_INET6, SOCK_DGRAM, 0}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -7,4 +7,5 @@\n     - socket:\n         "
			"family:\n"
			"           gt: 2\n+          not: [AF_INET6]\n         why: no\n",
		.opens = "socket with family AF_INET6, any type, any protocol",
	},
	{
		.name = "one of several values, the others stay",
		.text = HEAD "syscalls:\n  default: allow\n  deny:\n    - ioctl: {cmd: [TIOCSTI,\n"
			     "        TIOCLINUX, FIONREAD]}\n",
		.call = "ioctl",
		.args = {{0, 0xdead000000000000 | TIOCLINUX, 0}},
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -5,4 +5,4 @@\n   default: allow\n   deny:\n"
			"     - ioctl: {cmd: [TIOCSTI,\n-        TIOCLINUX, FIONREAD]}\n"
			"+        FIONREAD]}\n",
	},
	{
		.name = "a call of another ABI",
		.text = "version: 1\nname: t\narchitectures: [aarch64]\nsyscalls: {default: "
			"deny}\n",
		.call = "sync",
		.reason = "call of x86_64",
	},
};

Test(suggest_calls, real)
{
	check_all(real, ARRAY_LEN(real));
}

Test(suggest_calls, small)
{
	check_all(small, ARRAY_LEN(small));
}

Test(suggest_calls, objects)
{
	check_all(objects, ARRAY_LEN(objects));
}
