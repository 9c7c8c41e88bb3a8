/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attack: what code in a governed program tries. Each file here is one attack, or one in several sizes, and
 * defines its steps with ATTACK(); table.h says what it is after, under which policy, and what has to come of it; driver/ runs it,
 * each time both without the policy and under it.
 *
 * Both steps run with the place as working directory, which is fresh each time: secret/file, secret/run,
 * secret/sub/file (denied by policies that deny files), ro/file (may not be written to), open/, open/file,
 * open/run, open/sub (anything goes).
 *
 * A step returns 0 or an errno. prepare() runs while nothing governs; what it opened it leaves with hold(),
 * for under `bailiff run` attack() is another program. attack() returns 0 when the attacker has got what he
 * wanted (the secret's content, a write that is there), not when a call merely succeeded; cant() where the
 * machine can't do it, whoever asks.
 */
#ifndef ATTACKS_ATTACK_H
#define ATTACKS_ATTACK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD  9	  /* the descriptor that prepare() leaves */
#define CANT  240 /* what cant() returns */
#define WRONG 241 /* the attack itself is broken: neither stopped nor done */

struct attack_steps {
	int (*prepare)(void); /* NULL: nothing */
	int (*attack)(void);
	/* In the runner's own process, ungoverned, before prepare() and after attack(): what has to live
	 * beside the attacker (a server, a victim). NULL: nothing. 0 or an errno. */
	int (*before)(void);
	void (*after)(void);
	/* There too, when it is over: what came of it after all, of what attack() seemed to come to. */
	int (*then)(int result);
};
#define ATTACK(name, ...) const struct attack_steps attack_##name = {__VA_ARGS__}

extern const char *attack_place;   /* absolute; the working directory too */
extern const char *attack_self;	   /* absolute: the program of all attacks */
extern const char *attack_bailiff; /* absolute */
/* Attacks on what bailiff reads (INPUT): the same with a harmless input, which must be taken. */
extern bool attack_harmless;

/* Prints why, for the runner, and returns CANT. */
int cant(const char *why);
/* Leaves FD as HELD, also across exec. 0 or an errno; a negative FD is errno. */
int hold(int fd);
/* errno where R is negative, else 0. */
int code(long r);
/* 0 where a byte can be read from FD, else its errno (or that of a negative FD). Closes it. */
int reads(int fd);
int opens(const char *path); /* the same with open(O_RDONLY) before */
/* 0 where FD takes a byte, else an errno. Closes it. */
int writes(int fd);
/* Runs ARGV in a child, without output: 0 where it ends with status 0; EACCES or the like, the errno of a
 * refused execve; 255 where it ended otherwise. */
int runs(const char *const *argv);
/* The same for a function in a child: its result, 1000 + the signal that ended it is an errno too: EINTR. */
int in_child(int (*function)(void));
/* A file with this content. Exits with WRONG where it can't be made. */
void put(const char *path, const void *data, size_t size, mode_t mode);
/* `bailiff ARGV...`, its output (both) in bailiff_output, cut off at its size: its exit status, or -1 - the
 * signal that ended it; -1000: it took longer than the seconds given. */
extern char bailiff_output[65536];
int bailiff(unsigned seconds, const char *const *argv);

#endif
