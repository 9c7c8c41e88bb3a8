/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386 has two calls that stand for many. libseccomp adds, for a rule about one of the many, a rule
 * about its entry of socketcall or ipc, without what the rule asks of the arguments. The calls:
 * linux/net.h and linux/ipc.h.
 */
#include <string.h>

#include "profile.h"

static const char *const behind_socketcall[] = {
	"socket",     "bind",	 "connect", "listen",  "accept",   "getsockname", "getpeername",
	"socketpair", "send",	 "recv",    "sendto",  "recvfrom", "shutdown",	  "setsockopt",
	"getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
};

static const char *const behind_ipc[] = {
	"semop",  "semget", "semctl", "semtimedop", "msgsnd", "msgrcv",
	"msgget", "msgctl", "shmat",  "shmdt",	    "shmget", "shmctl",
};

static bool is_one_of(const char *const *calls, size_t count, const char *call)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(calls[i], call) == 0)
			return true;
	return false;
}

const char *oci_multiplexer(const char *call)
{
	if (is_one_of(behind_socketcall, ARRAY_LEN(behind_socketcall), call))
		return "socketcall";
	return is_one_of(behind_ipc, ARRAY_LEN(behind_ipc), call) ? "ipc" : NULL;
}
