/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies of every shape. $ is the tree, % the program that asks; the class stands on line 3. Below the ABI
 * of its row a policy is refused, at that line, with these words; where that is NEVER, always.
 */
#ifndef LAB_CONFINED_TABLE_H
#define LAB_CONFINED_TABLE_H

#define NEVER 99
#define ONLY_WHOLE                                                                                 \
	"is a directory, and Landlock grants a directory only with all that lies below; write"
#define TELLS "Landlock can't tell of what it lets through"

#define OPEN  "files:\n  default: allow\n  deny:\n" /* rules from line 6 on */
#define SHUT  "files:\n  default: deny\n  allow:\n"
#define OWN   "    - {paths: [%], access: [read, execute]}\n" /* line 6 of SHUT */
#define NET   "network:\n  default: allow\n  deny:\n"
#define ALONE "network:\n  default: deny\n"

static const struct row {
	const char *name, *classes;
	int abi;
	unsigned line; /* 0: the message has no place in the file */
	const char *says;
} rows[] = {
	/* --- One thing denied --- */
	{"nothing denied", OPEN "    []\n", 0, 0, ""},
	{"read of a file", OPEN "    - {paths: [$/a/f], access: [read]}\n", 1, 6, ""},
	{"read and execute of a file", OPEN "    - {paths: [$/a/x], access: [read, execute]}\n", 1,
	 6, ""},
	{"read of a tree", OPEN "    - {paths: [$/a/**], access: [read]}\n", 1, 6, ""},
	{"read of a directory alone", OPEN "    - {paths: [$/a], access: [read]}\n", 1, 6, ""},
	{"read of a file that is not there", OPEN "    - {paths: [$/a/none], access: [read]}\n", 1,
	 6, ""},
	{"read in a directory that is not there",
	 OPEN "    - {paths: [$/none/sub/**], access: [read]}\n", 1, 6, ""},
	{"write of a file", OPEN "    - {paths: [$/a/f], access: [write]}\n", 1, 6, ""},
	{"write of a tree", OPEN "    - {paths: [$/a/**], access: [write]}\n", 1, 6, ""},
	/* Before ABI 3 another filter keeps files from being truncated, but for what this one refuses. */
	{"write of a tree, and truncation of no path",
	 "syscalls:\n  default: allow\n  deny:\n    - truncate: {arg0: 0}\n" OPEN
	 "    - {paths: [$/a/**], access: [write]}\n",
	 1, 10, ""},
	{"read and write of a tree", OPEN "    - {paths: [$/d/**], access: [read, write]}\n", 1, 6,
	 ""},
	{"create in a tree", OPEN "    - {paths: [$/a/**], access: [create]}\n", 1, 6, ""},
	{"create of a name", OPEN "    - {paths: [$/a/new], access: [create]}\n", 1, 6, ""},
	{"mknod in a tree", OPEN "    - {paths: [$/a/b/**], access: [mknod]}\n", 1, 6, ""},
	{"link, create and rename in a tree",
	 OPEN "    - {paths: [$/a/**], access: [link, create, rename]}\n", 2, 6, ""},
	{"link and all of names in a tree",
	 OPEN "    - {paths: [$/a/**], access: [link, create, delete, rename]}\n", 2, 6, ""},
	{"create and mknod", OPEN "    - {paths: [$/a/b/**], access: [create, mknod]}\n", 1, 6, ""},
	{"delete in a tree", OPEN "    - {paths: [$/a/**], access: [delete]}\n", 1, 6, ""},
	{"delete of a file", OPEN "    - {paths: [$/a/f], access: [delete]}\n", 1, 6, ""},
	{"delete of an empty directory", OPEN "    - {paths: [$/a/e], access: [delete]}\n", 1, 6,
	 ""},
	{"create, delete and rename",
	 OPEN "    - {paths: [$/a/**], access: [create, delete, rename]}\n", 2, 6, ""},
	{"delete and rename", OPEN "    - {paths: [$/a/**], access: [delete, rename]}\n", 2, 6, ""},
	{"create and rename", OPEN "    - {paths: [$/a/**], access: [create, rename]}\n", 2, 6, ""},
	{"all that changes a tree but its marks",
	 OPEN "    - {paths: [$/a/**, $/d], access: [write, create, delete, rename, mknod]}\n", 1,
	 6, ""},
	{"chmod of all", OPEN "    - {paths: [/**], access: [chmod]}\n", 0, 6, ""},
	{"chown of all", OPEN "    - {paths: [/**], access: [chown]}\n", 0, 6, ""},
	{"xattr of all", OPEN "    - {paths: [/**], access: [xattr]}\n", 0, 6, ""},
	{"link of all", OPEN "    - {paths: [/**], access: [link]}\n", 0, 6, ""},
	{"all four marks of all",
	 OPEN "    - {paths: [/**], access: [chmod, chown, xattr, link]}\n", 0, 6, ""},

	/* --- Rules within rules --- */
	{"allow in deny",
	 OPEN "    - {paths: [$/a/**], access: [read]}\n"
	      "  allow:\n    - {paths: [$/a/b/**], access: [read]}\n",
	 1, 6, ""},
	{"deny in allow in deny",
	 OPEN "    - {paths: [$/a/**, $/a/b/c/**], access: [read]}\n"
	      "  allow:\n    - {paths: [$/a/b/**], access: [read]}\n",
	 1, 6, ""},
	{"a file allowed in deny",
	 OPEN "    - {paths: [$/a/**], access: [read, write]}\n"
	      "  allow:\n    - {paths: [$/a/b/f], access: [read, write]}\n",
	 1, 6, ""},
	{"a file's write allowed in deny",
	 OPEN "    - {paths: [$/a/**], access: [read, write]}\n"
	      "  allow:\n    - {paths: [$/a/b/f], access: [write]}\n",
	 1, 6, ""},
	{"create allowed in deny",
	 OPEN "    - {paths: [$/a/**], access: [create, delete, rename, mknod]}\n"
	      "  allow:\n    - {paths: [$/a/b/**], access: [create, delete, rename, mknod]}\n",
	 2, 6, ""},
	{"create denied in allow in deny",
	 OPEN "    - {paths: [$/a/**, $/a/b/c/**], access: [create, delete, rename]}\n"
	      "  allow:\n    - {paths: [$/a/b/**], access: [create, delete, rename]}\n",
	 2, 6, ""},
	{"a directory but not what is in it",
	 OPEN "    - {paths: [$/a/**], access: [read]}\n"
	      "  allow:\n    - {paths: [$/a], access: [read]}\n",
	 1, 6, ""},
	{"two files of three", OPEN "    - {paths: [$/a/b/f, $/a/b/x], access: [read]}\n", 1, 6,
	 ""},
	{"all of the root but a tree",
	 OPEN "    - {paths: [/**], access: [write, create, delete, rename, mknod]}\n"
	      "  allow:\n    - {paths: [$/k/**], access: [write, create, delete, rename, mknod]}\n",
	 1, 6, ""},

	/* --- Wild --- */
	{"a component of a star", OPEN "    - {paths: [\"$/*/f\"], access: [read]}\n", 1, 6, ""},
	{"all entries", OPEN "    - {paths: [\"$/a/*\"], access: [read]}\n", 1, 6, ""},
	{"all entries but one",
	 OPEN "    - {paths: [\"$/a/*\"], access: [read]}\n"
	      "  allow:\n    - {paths: [$/a/f], access: [read]}\n",
	 1, 6, ""},
	{"an end of a name", OPEN "    - {paths: [\"$/a/b/*x\"], access: [read, write]}\n", 1, 6,
	 ""},
	{"a set of letters", OPEN "    - {paths: [\"$/[ad]/**\"], access: [read]}\n", 1, 6, ""},
	{"not of a set of letters", OPEN "    - {paths: [\"$/[!ad]/**\"], access: [read]}\n", 1, 6,
	 ""},
	{"one letter each", OPEN "    - {paths: [\"$/?/?/?\"], access: [read]}\n", 1, 6, ""},
	{"create in wild directories",
	 OPEN "    - {paths: [\"$/*/b/**\"], access: [create, delete, rename]}\n", 2, 6, ""},

	/* --- Allowed only --- */
	{"nothing but the program", SHUT OWN, 1, 4, ""},
	{"read of a tree alone", SHUT OWN "    - {paths: [$/a/**], access: [read, execute]}\n", 1,
	 4, ""},
	{"read of a file alone", SHUT OWN "    - {paths: [$/a/f], access: [read, execute]}\n", 1, 4,
	 ""},
	{"read and execute of a file alone",
	 SHUT OWN "    - {paths: [$/a/x], access: [read, execute]}\n", 1, 4, ""},
	{"all but the marks of a tree alone",
	 SHUT OWN
	 "    - {paths: [$/d/**, $/k/**], access: [read, write, execute, create, delete, rename, "
	 "mknod]}\n",
	 1, 4, ""},
	{"all of a tree but a tree in it",
	 SHUT OWN "    - {paths: [$/a/**], access: [read, execute]}\n"
		  "  deny:\n    - {paths: [$/a/b/**], access: [read, execute]}\n",
	 1, 4, ""},
	{"allow in deny in allow",
	 SHUT OWN "    - {paths: [$/a/**, $/a/b/c/**], access: [read, write, execute]}\n"
		  "  deny:\n    - {paths: [$/a/b/**], access: [read, write, execute]}\n",
	 1, 4, ""},
	{"wild files alone", SHUT OWN "    - {paths: [\"$/*/f\"], access: [read, execute]}\n", 1, 4,
	 ""},
	{"marks of all, and read of a tree",
	 SHUT OWN "    - {paths: [$/a/**], access: [read, execute]}\n"
		  "    - {paths: [/**], access: [chmod, chown, xattr, link]}\n",
	 1, 4, ""},
	{"all of all", SHUT "    - /**\n", 0, 4, ""},
	{"write of all, and read of a tree",
	 SHUT OWN "    - {paths: [$/a/**], access: [read, execute]}\n    - {paths: [/**], access: "
		  "[write]}\n",
	 1, 4, ""},

	/* --- Programs --- */
	{"one program alone", "exec:\n  default: deny\n  allow: [%, $/a/x]\n", 1, 4, ""},
	{"programs of a tree alone", "exec:\n  default: deny\n  allow: [%, $/a/**]\n", 1, 4, ""},
	{"a program denied", "exec:\n  default: allow\n  deny: [$/a/x]\n", 1, 5, ""},
	{"programs denied, one of them allowed",
	 "exec:\n  default: allow\n  deny: [$/a/**]\n  allow: [$/a/b/x]\n", 1, 5, ""},
	{"programs that files may be executed, too",
	 "exec:\n  default: deny\n  allow: [%, $/a/**]\n" OPEN
	 "    - {paths: [$/a/x], access: [read, execute]}\n",
	 1, 4, ""},

	/* --- The network --- */
	{"bind of a TCP port", NET "    - {bind: [\"*:20001/tcp\"]}\n", 4, 0,
	 "ports of tcp take Landlock ABI 4"},
	{"connect to a TCP port", NET "    - {connect: [\"*:20001/tcp\"]}\n", 4, 0,
	 "ports of tcp take Landlock ABI 4"},
	{"ports of TCP, one of them allowed",
	 NET "    - {connect: [\"*:20000-20002/tcp\"]}\n  allow:\n"
	     "    - {connect: [\"*:20002/tcp\"]}\n",
	 4, 0, "ports of tcp take Landlock ABI 4"},
	{"TCP ports alone",
	 ALONE "  allow:\n    - {bind: [\"*:20001/tcp\"], connect: [\"*:20002-20003/tcp\"], "
	       "listen: [\"*:0/tcp\"]}\n",
	 4, 0, "ports of tcp take Landlock ABI 4"},
	{"bind of a UDP port", NET "    - {bind: [\"*:20001/udp\"]}\n", 10, 0,
	 "ports of udp take Landlock ABI 10"},
	{"connect to a UDP port", NET "    - {connect: [\"*:20001/udp\"]}\n", 10, 0,
	 "ports of udp take Landlock ABI 10"},
	{"UDP and TCP ports alone",
	 ALONE "  allow:\n    - {connect: [\"*:20001/tcp\", \"*:20002/udp\"]}\n", 10, 0,
	 "ports of tcp take Landlock ABI 4|ports of udp take Landlock ABI 10"},
	{"UDP ports with what answers",
	 ALONE "  allow:\n    - {connect: [\"*:20002/udp\"], bind: [\"*:0/udp\"]}\n", 10, 0,
	 "ports of udp take Landlock ABI 10"},
	{"no UDP at all", NET "    - {bind: [\"*:*/udp\"], connect: [\"*:*/udp\"]}\n", 0, 6, ""},
	{"TCP alone", ALONE "  allow:\n    - {bind: [\"*:*/tcp\"], connect: [\"*:*/tcp\"]}\n", 1, 4,
	 ""},
	{"no network", ALONE, 0, 4, ""},
	{"a family alone", ALONE "  allow:\n    - {socket: [AF_NETLINK]}\n", 1, 4, ""},
	{"no sockets of a family", NET "    - {socket: [AF_NETLINK, AF_PACKET, AF_VSOCK]}\n", 0, 6,
	 ""},
	{"no raw sockets", NET "    - {socket: [AF_INET, AF_INET6], type: [SOCK_RAW]}\n", 0, 6, ""},
	{"clients alone",
	 ALONE
	 "  allow:\n    - {connect: [\"*:*/tcp\", \"*:*/udp\", \"unix:/**\", \"unix:@**\"]}\n",
	 0, 4, ""},
	{"servers alone",
	 ALONE "  allow:\n    - {bind: [\"*:*/tcp\", \"unix:/**\", \"unix:@**\"]}\n", 9, 0,
	 "takes Landlock ABI 9|takes Landlock ABI 6|takes Landlock ABI 4"},
	{"nothing binds", NET "    - {bind: [\"*:*/*\", \"unix:/**\", \"unix:@**\"]}\n", NEVER, 6,
	 "held for all ports, bind and connect, or not at all"},
	{"nothing connects", NET "    - {connect: [\"*:*/*\", \"unix:/**\", \"unix:@**\"]}\n",
	 NEVER, 6, "held for all ports, bind and connect, or not at all"},
	{"bind of unix paths of a tree", NET "    - {bind: [\"unix:$/a/**\"]}\n", 1, 6, ""},
	{"connect to a unix path", NET "    - {connect: [\"unix:$/a/s\"]}\n", 9, 6,
	 "unix|no Landlock"},
	{"connect to unix paths of a tree", NET "    - {connect: [\"unix:$/a/**\"]}\n", 9, 6,
	 "unix|no Landlock"},
	{"abstract names of others", NET "    - {connect: [\"unix:@**\"]}\n", 6, 6, "abstract"},

	/* --- What can't be held by any --- */
	{"chmod of a tree", OPEN "    - {paths: [$/a/**], access: [chmod]}\n", NEVER, 6,
	 "chmod: without the host plane this is not told by path; deny {paths: [/**], access: "
	 "[chmod]}"},
	{"chown of a tree", OPEN "    - {paths: [$/a/**], access: [chown]}\n", NEVER, 6,
	 "deny {paths: [/**], access: [chown]}"},
	{"xattr of a tree", OPEN "    - {paths: [$/a/**], access: [xattr]}\n", NEVER, 6,
	 "deny {paths: [/**], access: [xattr]}"},
	{"chmod of a tree allowed", SHUT OWN "    - {paths: [$/a/**], access: [chmod]}\n", NEVER, 7,
	 "allow {paths: [/**], access: [chmod]}"},
	{"link in a tree", OPEN "    - {paths: [$/a/**], access: [link]}\n", NEVER, 6,
	 "deny create and rename too, or link for all paths"},
	{"link and create in a tree", OPEN "    - {paths: [$/a/**], access: [link, create]}\n",
	 NEVER, 6, "deny create and rename too, or link for all paths"},
	{"all of a tree", OPEN "    - $/a/**\n", NEVER, 6,
	 "chmod, chown, xattr: without the host plane this is not told by path"},
	{"rename alone", OPEN "    - {paths: [$/a/**], access: [rename]}\n", NEVER, 6,
	 "deny create or delete too"},
	{"create of a name allowed", SHUT OWN "    - {paths: [$/d/f], access: [create]}\n", NEVER,
	 7,
	 "create can't be given for a name alone: Landlock gives it for all names beneath a "
	 "directory; write DIRECTORY/**"},
	{"delete of a name allowed", SHUT OWN "    - {paths: [$/d/f], access: [delete]}\n", NEVER,
	 7, "delete can't be given for a name alone"},
	{"mknod of wild names allowed", SHUT OWN "    - {paths: [\"$/d/*\"], access: [mknod]}\n",
	 NEVER, 7, "mknod can't be given for a name alone"},
	{"mknod of partly wild names allowed",
	 SHUT OWN "    - {paths: [\"$/d/n*\"], access: [mknod]}\n", NEVER, 7,
	 "mknod can't be given for a name alone"},
	{"bind of a unix path allowed",
	 ALONE "  allow:\n    - {bind: [\"unix:$/a/new\", \"unix:@**\"]}\n", NEVER, 6,
	 "unix bind can't be given for a name alone"},
	{"read of a directory by its name alone",
	 SHUT OWN "    - {paths: [$/d], access: [read, execute]}\n", NEVER, 0,
	 ONLY_WHOLE "|no Landlock"},
	{"execute of what is read", OPEN "    - {paths: [$/a/x], access: [execute]}\n", NEVER, 6,
	 "give `execute` wherever `read` is given"},
	{"execute by default of what is read", SHUT OWN "    - {paths: [$/a/**], access: [read]}\n",
	 NEVER, 7, "give `execute` wherever `read` is given"},
	{"two stars in the middle", OPEN "    - {paths: [\"$/**/f\"], access: [read]}\n", NEVER, 6,
	 "/**/ within a pattern can't be held by Landlock"},
	{"by", OPEN "    - {paths: [$/a/**], access: [read], by: [/usr/bin/x]}\n", NEVER, 6,
	 "Landlock does not know who asks"},
	{"audit of a tree",
	 "files:\n  default: allow\n  audit:\n    - {paths: [$/a/**], access: [read]}\n", NEVER, 6,
	 TELLS},
	{"audit by default", "files:\n  default: audit\n", NEVER, 4, TELLS},
	{"mode: audit", "mode: audit\n" OPEN "    - {paths: [$/a/**], access: [read]}\n", NEVER, 7,
	 "in audit mode nothing may be refused"},
	{"mode: audit, of a port",
	 "mode: audit\n" ALONE "  allow:\n    - {connect: [\"*:20001/tcp\"]}\n", NEVER, 5,
	 "in audit mode nothing may be refused"},
	{"kill", OPEN "    - {paths: [$/a/**], access: [read], action: kill}\n", NEVER, 6,
	 "leave the action out"},
	{"another errno", OPEN "    - {paths: [$/a/**], access: [read], action: errno ENOENT}\n",
	 NEVER, 6, "leave the errno out"},
	{"audit of a program", "exec:\n  default: allow\n  audit: [$/a/x]\n", NEVER, 5, TELLS},
	{"kill of a program",
	 "exec:\n  default: allow\n  deny:\n    - {paths: [$/a/x], action: kill}\n", NEVER, 6,
	 "leave the action out"},
	{"an address", NET "    - {connect: [\"10.0.0.0/8:20001/tcp\"]}\n", NEVER, 6,
	 "Landlock knows ports and no addresses; write *:PORT/tcp"},
	{"an address alone", ALONE "  allow:\n    - {connect: [\"127.0.0.0/8:20001/tcp\"]}\n",
	 NEVER, 6, "Landlock knows ports and no addresses; write *:PORT/tcp"},
	{"audit of a port",
	 "network:\n  default: allow\n  audit:\n    - {bind: [\"*:20001/tcp\"]}\n", NEVER, 6,
	 TELLS},
	{"a port of SCTP", NET "    - {connect: [\"*:20001/sctp\"]}\n", NEVER, 6,
	 "held for all ports, bind and connect, or not at all"},
	{"listening without bind",
	 ALONE "  allow:\n    - {bind: [\"*:20001/tcp\"], connect: [\"*:*/tcp\"]}\n", NEVER, 4,
	 "allow listen: [\"*:0/tcp\"] too"},
	{"no servers", NET "    - {bind: [\"*:*/tcp\"]}\n", NEVER, 6,
	 "allow listen: [\"*:0/tcp\"] too"},
	{"listening on a port", NET "    - {listen: [\"*:20001/tcp\"]}\n", NEVER, 6,
	 "Landlock does not see who listens; deny bind"},
	{"some abstract names", NET "    - {connect: [\"unix:@x*\"]}\n", NEVER, 6,
	 "not from each other; write unix:@**"},
	{"bind of some abstract names", NET "    - {bind: [\"unix:@x*\"]}\n", NEVER, 6,
	 "Landlock does not see who binds an abstract unix name"},
};

#endif
