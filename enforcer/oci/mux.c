/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386 has two calls that stand for many. libseccomp adds, for a rule about one of the many, a rule
 * about the entry of socketcall or ipc, where the entry's number takes the place of whatever the
 * rule asks of the first argument. Entries: linux/net.h and linux/ipc.h.
 */
#include <string.h>

#include "profile.h"

struct entry {
	const char *call;
	unsigned number;
};

static const struct entry socketcall_entries[] = {
	{"socket", 1},	  {"bind", 2},	      {"connect", 3},	  {"listen", 4},
	{"accept", 5},	  {"getsockname", 6}, {"getpeername", 7}, {"socketpair", 8},
	{"send", 9},	  {"recv", 10},	      {"sendto", 11},	  {"recvfrom", 12},
	{"shutdown", 13}, {"setsockopt", 14}, {"getsockopt", 15}, {"sendmsg", 16},
	{"recvmsg", 17},  {"accept4", 18},    {"recvmmsg", 19},	  {"sendmmsg", 20},
};

static const struct entry ipc_entries[] = {
	{"semop", 1},	{"semget", 2},	{"semctl", 3},	{"semtimedop", 4},
	{"msgsnd", 11}, {"msgrcv", 12}, {"msgget", 13}, {"msgctl", 14},
	{"shmat", 21},	{"shmdt", 22},	{"shmget", 23}, {"shmctl", 24},
};

static bool find_entry(const struct entry *entries, size_t count, const char *call,
		       unsigned *ret_entry)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].call, call) == 0) {
			*ret_entry = entries[i].number;
			return true;
		}
	}
	return false;
}

bool oci_multiplexed(const char *call, const char **ret_by, unsigned *ret_entry)
{
	if (find_entry(socketcall_entries, ARRAY_LEN(socketcall_entries), call, ret_entry)) {
		*ret_by = "socketcall";
		return true;
	}
	if (find_entry(ipc_entries, ARRAY_LEN(ipc_entries), call, ret_entry)) {
		*ret_by = "ipc";
		return true;
	}
	return false;
}
