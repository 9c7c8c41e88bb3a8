/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bailiff: lets a program do what a policy says, and tells what else it tried.
 *
 * The way of a policy, and where each part lives (layers: a room includes only lower ones):
 *
 *   policy text - doc - policy - filter - launch - event - sink
 *
 *   include/bailiff/      one header a room: its door, with the contract in it
 *   0 base/               ownership, arithmetic, arena, reading files, escaping text
 *     base.c              cleanup functions, arrays that grow
 *     arena.c             allocations with one lifetime and a limit
 *     file.c              the one way to read a whole file
 *     text.c              UTF-8, and what is harmful on a terminal
 *   0 diag/               messages with positions, collected by the pure stages
 *   1 names/              calls, arguments, constants, groups; data/ holds the facts, gen.py makes
 * tables of them 1 doc/                YAML to a tree with positions 2 policy/             the
 * language: read, checked, lowered to tables, and decided 3 filter/             tables to a seccomp
 * filter, and the proof (filter_internal.h is its map) 3 oci/                OCI and Docker
 * profiles in and out 3 event/              a violation, as JSON, as text, folded 4 image/ compiled
 * policies on disk 4 sink/               where reports go 4 launch/             starting the
 * program, and supervising it 5 commands/           what a person types; table.c is the list of
 * commands main.c                this map
 *
 *   bpf/                  the kernel side of the host plane
 *   policies/             shipped policies, which are also inside the program
 *   tests/                mirrors enforcer/; run.sh beside it runs them all
 *   examples/             things to copy
 */
#include <stdlib.h>

#include "commands/commands.h"

int main(int argc, char **argv)
{
	exit(command_dispatch(argc, argv));
}
