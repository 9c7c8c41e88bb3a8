/* SPDX-License-Identifier: Apache-2.0 */
/* Files, programs, addresses, capabilities, surfaces that a hook refused. */
#include "help_suggest.h"

TestSuite(suggest_objects, .timeout = 120);

#define HEAD  "version: 1\nname: t\n"
#define FILES HEAD "files:\n  default: deny\n"
#define EXEC  HEAD "exec:\n  default: deny\n"
#define NET   HEAD "network:\n  default: deny\n"
/* The hunk of a list that is made under a default on the fourth line, which is the last. */
#define MADE(class, rule)                                                                          \
	"--- t.yaml\n+++ t.yaml\n@@ -2,3 +2,5 @@\n name: t\n " class ":\n   default: deny\n+  "    \
								     "allow:\n+    - " rule "\n"
/* A line more behind a list of one rule on the sixth line. */
#define MORE(rule, more)                                                                           \
	"--- t.yaml\n+++ t.yaml\n@@ -4,3 +4,4 @@\n   default: deny\n   allow:\n     - " rule       \
	"\n+    - " more "\n"
#define CHANGED(before, after) "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n " before "\n"

static const struct row files[] = {
	{
		.name = "denied by default",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/srv/data/a.txt",
		.exe = "/usr/bin/cat",
		.diff = MADE("files", "{paths: [/srv/data/a.txt], access: [read]}"),
		.unwarned = true,
	},
	{
		.name = "denied by a pattern: the path itself is more specific",
		.text = HEAD "files:\n  default: allow\n  deny:\n    - {paths: [/srv/**]}\n",
		.class = CLASS_FILES,
		.operation = "delete",
		.object = "/srv/data/a.txt",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,5 +2,7 @@\n name: t\n files:\n   default: "
			"allow\n"
			"+  allow:\n+    - {paths: [/srv/data/a.txt], access: [delete]}\n   deny:\n"
			"     - {paths: [/srv/**]}\n",
		.unwarned = true,
	},
	{
		.name = "a path more in the list that is nearest",
		.text = FILES "  allow:\n    - {paths: [/etc/a], access: [read]}\n"
			      "    - {paths: [/srv/a, /srv/b], access: [read]} # two\n"
			      "    - {paths: [/srv/c], access: [write]}\n",
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/srv/d",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -4,5 +4,5 @@\n   default: deny\n   allow:\n"
			"     - {paths: [/etc/a], access: [read]}\n"
			"-    - {paths: [/srv/a, /srv/b], access: [read]} # two\n"
			"+    - {paths: [/srv/a, /srv/b, /srv/d], access: [read]} # two\n"
			"     - {paths: [/srv/c], access: [write]}\n",
	},
	{
		.name = "an access more of the same path",
		.text = FILES "  allow:\n    - {paths: [/srv/c], access: [read]}\n",
		.class = CLASS_FILES,
		.operation = "write",
		.object = "/srv/c",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n files:\n   default: deny\n   "
			"allow:\n"
			"-    - {paths: [/srv/c], access: [read]}\n"
			"+    - {paths: [/srv/c], access: [read, write]}\n",
	},
	{
		.name = "the path itself is refused: for this program alone",
		.text = HEAD "files:\n  default: allow\n  deny:\n    - /etc/shadow\n",
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/etc/shadow",
		.exe = "/usr/sbin/sshd",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,5 +2,7 @@\n name: t\n files:\n   default: "
			"allow\n"
			"+  allow:\n+    - {paths: [/etc/shadow], access: [read], by: "
			"[/usr/sbin/sshd]}\n"
			"   deny:\n     - /etc/shadow\n",
		.warnings = {"/etc/shadow: the passwords"},
	},
	{
		.name = "the path itself is refused, and who asked is not known",
		.text = HEAD "files:\n  default: allow\n  deny:\n    - /etc/x # why\n",
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/etc/x",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n files:\n   default: allow\n   "
			"deny:\n"
			"-    - /etc/x # why\n+    - {paths: [/etc/x], access: [write, create, "
			"delete, "
			"rename, link, chmod, chown, xattr, mknod, execute]} # why\n",
	},
	{
		.name = "the path itself is refused, and who asked has a name that can't be "
			"written",
		.text = HEAD "files:\n  default: allow\n  deny:\n    - {paths: [/etc/x], access: "
			     "[read, write]}\n",
		.class = CLASS_FILES,
		.operation = "write",
		.object = "/etc/x",
		.exe = "/tmp/\xff",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n files:\n   default: allow\n   "
			"deny:\n"
			"-    - {paths: [/etc/x], access: [read, write]}\n"
			"+    - {paths: [/etc/x], access: [read]}\n",
	},
	{
		.name = "one access taken out, then allowed",
		.text = FILES "  deny:\n    - paths: [/etc/x]\n      access: [read, write]\n",
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/etc/x",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,6 +2,8 @@\n name: t\n files:\n   default: "
			"deny\n"
			"+  allow:\n+    - {paths: [/etc/x], access: [read]}\n   deny:\n"
			"     - paths: [/etc/x]\n-      access: [read, write]\n+      access: "
			"[write]\n",
	},
	{
		.name = "written and executed",
		.text = FILES "exec: {default: deny, allow: [/srv/**]}\n",
		.class = CLASS_FILES,
		.operation = "create",
		.object = "/srv/x",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,4 +2,6 @@\n name: t\n files:\n   default: "
			"deny\n"
			"+  allow:\n+    - {paths: [/srv/x], access: [create]}\n"
			" exec: {default: deny, allow: [/srv/**]}\n",
	},
	{
		.name = "memory of other processes",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "write",
		.object = "/proc/123/mem",
		.diff = MADE("files", "{paths: [/proc/123/mem], access: [write]}"),
		.warnings = {"/proc/123/mem: the memory of a process"},
	},
	{
		.name = "a hostile name: quotes, a line's end, percent, wildcards",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/tmp/\"a'\n  - b: %s\\*?[x]\x1b\xc2\x85\xe2\x80\xae\xc3\xa4",
		.diff = MADE("files",
			     "{paths: [\"/tmp/\\\"a'\\n  - b: %s\\\\[*][?][[]x]\\x1b\\x85\\u202e"
			     "\xc3\xa4\"], access: [read]}"),
	},
	{
		.name = "a name that is not UTF-8",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/tmp/\xff",
		.reason = "not valid UTF-8",
	},
	{
		.name = "the same, as JSON tells it",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/tmp/\\xff",
		.reason = "not valid UTF-8",
	},
	{
		.name = "a path that is not known",
		.text = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.reason = "path is not known",
	},
	{
		.name = "an include's default decides",
		.text = HEAD "include: [b.yaml]\n",
		.include = FILES,
		.class = CLASS_FILES,
		.operation = "read",
		.object = "/a",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -1,3 +1,8 @@\n version: 1\n name: t\n"
			" include: [b.yaml]\n+\n+files:\n+  default: deny\n+  allow:\n"
			"+    - {paths: [/a], access: [read]}\n",
		.notes = {"b.yaml:4 decided"},
	},
};

static const struct row others[] = {
	{
		.name = "a program",
		.text = EXEC "  allow:\n    - /usr/bin/a\n",
		.class = CLASS_EXEC,
		.operation = "exec",
		.object = "/usr/bin/b c",
		.diff = MORE("/usr/bin/a", "\"/usr/bin/b c\""),
		.warnings = {"no class files keeps it from being written"},
	},
	{
		.name = "a program in a directory that may be written",
		.text = EXEC "files: {default: allow}\n",
		.class = CLASS_EXEC,
		.operation = "exec",
		.object = "/tmp/b",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,4 +2,6 @@\n name: t\n exec:\n   default: "
			"deny\n"
			"+  allow:\n+    - /tmp/b\n files: {default: allow}\n",
		.warnings = {"/tmp/b can be written and executed"},
	},
	{
		.name = "memory that becomes executable, in brackets: for this program alone",
		.text = HEAD "exec:\n  default: allow\n  deny: [anonymous-memory, "
			     "writable-then-executable]\n",
		.class = CLASS_EXEC,
		.operation = "anonymous-memory",
		.exe = "/usr/bin/node",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,4 +2,6 @@\n name: t\n exec:\n   default: "
			"allow\n"
			"+  allow:\n+    - {paths: [anonymous-memory], by: [/usr/bin/node]}\n"
			"   deny: [anonymous-memory, writable-then-executable]\n",
		.warnings = {"run from memory"},
	},
	{
		.name = "the same, by whoever",
		.text = HEAD "exec:\n  default: allow\n  deny: [anonymous-memory, "
			     "writable-then-executable]\n",
		.class = CLASS_EXEC,
		.operation = "anonymous-memory",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -2,4 +2,4 @@\n name: t\n exec:\n   default: "
			"allow\n"
			"-  deny: [anonymous-memory, writable-then-executable]\n"
			"+  deny: [writable-then-executable]\n",
	},
	{
		.name = "connect with a port",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "10.1.2.3:5432/tcp",
		.diff = MADE("network", "{connect: [\"10.1.2.3:5432/tcp\"]}"),
		.opens = "sockets of AF_INET, of every type\nsockets of AF_INET6, of every type",
		.unwarned = true,
	},
	{
		.name = "an address more",
		.text = NET "  allow:\n    - {connect: [\"10.0.0.0/8:443/tcp\"]}\n",
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "[2001:db8::1]:53/udp",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n network:\n   default: deny\n   "
			"allow:\n"
			"-    - {connect: [\"10.0.0.0/8:443/tcp\"]}\n"
			"+    - {connect: [\"10.0.0.0/8:443/tcp\", \"[2001:db8::1]:53/udp\"]}\n",
	},
	{
		.name = "IPv4 in IPv6's clothes, bound",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "bind",
		.object = "[::ffff:127.0.0.1]:80/tcp",
		.diff = MADE("network", "{bind: [\"127.0.0.1:80/tcp\"]}"),
		.opens = "listening at 127.0.0.1 port 80, protocol 6\n"
			 "sockets of AF_INET, of every type\nsockets of AF_INET6, of every type",
	},
	{
		.name = "a protocol without a word",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "127.0.0.1:0/icmp",
		.diff = MADE("network", "{connect: [\"127.0.0.1:0/*\"]}"),
		.opens = "connecting to 127.0.0.1 port 0, protocol 6\n"
			 "connecting to 127.0.0.1 port 0, protocol 17\n"
			 "connecting to 127.0.0.1 port 0, protocol 136\n"
			 "connecting to 127.0.0.1 port 0, protocol 132\n"
			 "connecting to 127.0.0.1 port 0, protocol 0\n"
			 "sockets of AF_INET, of every type\nsockets of AF_INET6, of every type",
		.notes = {"any protocol"},
	},
	{
		.name = "a socket that is root on the host",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "unix:/run/docker.sock",
		.diff = MADE("network", "{connect: [\"unix:/run/docker.sock\"]}"),
		.opens = "sockets of AF_UNIX, of every type",
		.warnings = {"root on the host"},
	},
	{
		.name = "an abstract name",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "bind",
		.object = "unix:@a*b",
		.diff = MADE("network", "{bind: [\"unix:@a[*]b\"]}"),
		.opens = "sockets of AF_UNIX, of every type",
	},
	{
		.name = "a socket without a name",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "unix:@",
		.reason = "no name",
	},
	{
		.name = "a family and a type",
		.text = NET,
		.class = CLASS_NETWORK,
		.operation = "socket",
		.object = "AF_NETLINK/SOCK_RAW|SOCK_CLOEXEC",
		.diff = MADE("network", "{socket: [AF_NETLINK], type: [SOCK_RAW]}"),
	},
	{
		.name = "an address that is refused itself: taken out, as it is written there",
		.text = HEAD "network:\n  default: allow\n  deny:\n"
			     "    - {connect: [\"10.0.0.1/32:80/tcp\", '10.0.0.2:80/tcp']}\n",
		.class = CLASS_NETWORK,
		.operation = "connect",
		.object = "10.0.0.2:80/tcp",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n network:\n   default: allow\n   "
			"deny:\n"
			"-    - {connect: [\"10.0.0.1/32:80/tcp\", '10.0.0.2:80/tcp']}\n"
			"+    - {connect: [\"10.0.0.1/32:80/tcp\"]}\n",
	},
	{
		.name = "a capability, in a real policy",
		.file = "examples/web.yaml",
		.class = CLASS_CAPABILITIES,
		.operation = "capability",
		.object = "CAP_NET_RAW",
		.golden = "web-capability",
		.notes = {"gives no capability"},
	},
	{
		.name = "a capability that is refused by a name of two spellings",
		.text = HEAD
		"capabilities:\n  default: allow\n  deny:\n    - names: [CAP_SYS_ADMIN, "
		"CHOWN]\n",
		.class = CLASS_CAPABILITIES,
		.operation = "capability",
		.object = "CAP_SYS_ADMIN",
		.diff = "--- t.yaml\n+++ t.yaml\n@@ -3,4 +3,4 @@\n capabilities:\n   default: "
			"allow\n"
			"   deny:\n-    - names: [CAP_SYS_ADMIN, CHOWN]\n+    - names: [CHOWN]\n",
		.warnings = {"nearly all of root"},
	},
	{
		.name = "a capability that bailiff does not know",
		.text = HEAD "capabilities: {default: deny}\n",
		.class = CLASS_CAPABILITIES,
		.operation = "capability",
		.object = "63",
		.reason = "no capability",
	},
	{
		.name = "a surface, in a real policy",
		.file = "tests/suggest/policies/nginx.yaml",
		.class = CLASS_KERNEL,
		.operation = "kexec",
		.golden = "nginx-surface",
		.warnings = {"the whole surface kexec opens"},
	},
	{
		.name = "bailiff's own protection",
		.text = FILES,
		.operation = "escape",
		.object = "mount /srv",
		.reason = "bailiff's own",
	},
	{
		.name = "a killed program",
		.text = FILES,
		.class = CLASS_SYSCALLS,
		.reason = "which call it was is not known",
	},
};

Test(suggest_objects, files)
{
	check_all(files, ARRAY_LEN(files));
}

Test(suggest_objects, others)
{
	check_all(others, ARRAY_LEN(others));
}
