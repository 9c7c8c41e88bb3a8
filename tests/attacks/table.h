/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every attack, a row each. Included by driver/table.c, which says what ROW() is.
 *
 * ROW(NAME, CLASS, "what it tries", POLICY, PLANES, REPORT, LINE, OPEN_RUN, OPEN_HOST)
 *   NAME     of the file NAME.c and its ATTACK(NAME, ...)
 *   POLICY   policies/POLICY.yaml, where @PLACE@ is the place and @SELF@ the program of all attacks
 *   PLANES   which should stop it: RUN, HOST, RUN | HOST, or INPUT: an attack on what bailiff reads.
 *            | LANDLOCK: under `bailiff run` it is Landlock that does, whose denials only the audit stream
 *            tells of (Linux 6.15, CAP_AUDIT_READ); elsewhere `run` has to say that it can't tell.
 *            | SILENT: nothing is refused that could be reported (what it is after is just not there)
 *   REPORT   the class of the violation that has to be reported; for INPUT NULL
 *   LINE     words that the policy's line has which the report names; for INPUT words of the message
 *   OPEN_*   NULL: stopped. Else why that plane does not cover it: then it has to succeed there too.
 */
// clang-format off

ROW(files_symlink, "Files", "a symbolic link to a denied file", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_link_new, "Files", "a hard link to a denied file, made under the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_link_old, "Files", "a hard link to a denied file, made before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "the kernel judges the name that is opened", "the name that is opened is judged")
ROW(seccomp_x32, "Seccomp", "a denied call by its x32 number, where only x86_64 is allowed", "calls", RUN,
    "syscalls", "syscalls:", NULL, NULL)
ROW(seccomp_x32_open, "Seccomp", "denied calls by their x32 numbers, where x32 is allowed", "abis", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_int80, "Seccomp", "a denied call by its i386 number, from 64-bit code", "calls", RUN,
    "syscalls", "syscalls:", NULL, NULL)
ROW(seccomp_int80_open, "Seccomp", "the same where i386 is allowed", "abis", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_socketcall, "Seccomp", "socket by i386's socketcall", "calls", RUN, "syscalls", "syscalls:", NULL, NULL)
ROW(seccomp_socketcall_open, "Seccomp", "the same where i386 is allowed and only socket is denied", "abis", RUN,
    "syscalls", "socket:", "its arguments lie in memory; `check` says that socketcall is open", NULL)
ROW(seccomp_ipc, "Seccomp", "shmget by i386's ipc", "calls", RUN, "syscalls", "syscalls:", NULL, NULL)
ROW(seccomp_ipc_open, "Seccomp", "the same where i386 is allowed and only shmget is denied", "abis", RUN,
    "syscalls", "shmget", "`check` says that ipc, which can do the like, is open", NULL)
ROW(seccomp_number, "Seccomp", "a denied call's number with high bits set", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_exempt, "Seccomp", "numbers that the kernel lets past every filter (uretprobe, uprobe)", "shut", RUN,
    NULL, "", "Linux 6.14 and 6.18 exempt them; they serve only the kernel's own probes", NULL)
ROW(seccomp_upper_socket, "Seccomp", "socket's arguments with their upper halves set", "calls", RUN,
    "syscalls", "socket:", NULL, NULL)
ROW(seccomp_upper_mode, "Seccomp", "a mode with more bits than the kernel reads", "calls", RUN,
    "syscalls", "fchmod", NULL, NULL)
ROW(seccomp_upper_flags, "Seccomp", "clone's flags with their upper half set", "calls", RUN,
    "syscalls", "clone:", NULL, NULL)
ROW(seccomp_upper_ioctl, "Seccomp", "TIOCSTI with its upper half set", "calls", RUN,
    "syscalls", "TIOCSTI", NULL, NULL)
ROW(seccomp_tioclinux, "Seccomp", "TIOCLINUX with its upper half set", "calls", RUN,
    "syscalls", "TIOCSTI", NULL, NULL)
ROW(seccomp_negative, "Seccomp", "AT_FDCWD in both extensions", "calls", RUN,
    "syscalls", "readlinkat", NULL, NULL)
ROW(seccomp_clone3, "Seccomp", "clone3 for clone", "calls", RUN,
    "syscalls", "clone3", NULL, NULL)
ROW(seccomp_personality, "Seccomp", "personality(READ_IMPLIES_EXEC)", "calls", RUN,
    "syscalls", "personality", NULL, NULL)
ROW(seccomp_own_filter, "Seccomp", "filters of its own that allow everything; from another thread for all threads; none any more", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_own_listener, "Seccomp", "a listener of its own that lets calls continue", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_leaked_listener, "Seccomp", "the supervisor's listener, left among its descriptors", "calls", RUN | SILENT,
    NULL, "", NULL, NULL)
ROW(seccomp_own_execve, "Seccomp", "execve, under a filter that denies it from before its own start", "calls", RUN,
    "syscalls", "execve", NULL, NULL)
ROW(seccomp_supervisor_killed, "Seccomp", "the supervisor killed while calls wait for it", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_recycled, "Seccomp", "waiting calls killed, so that their numbers are used again", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_flood, "Seccomp", "16,000 denied calls from eight threads at once", "calls", RUN,
    "syscalls", "mkdir", NULL, NULL)
ROW(seccomp_siblings, "Seccomp", "every sibling of chmod, where `files` denies that", "marks", RUN, "files", "chmod", NULL, NULL)
ROW(seccomp_jump, "Seccomp", "values that the filter reaches by jumps of more than 255 instructions", "jumps", RUN,
    "syscalls", "ioctl", NULL, NULL)
ROW(seccomp_policy_sibling, "Policies of calls", "a call is denied, its sibling forgotten: `check` says so", NULL, INPUT, NULL,
    "mkdir is restricted here, but mkdirat, which can do the like, is open", NULL, NULL)
ROW(seccomp_policy_exit, "Policies of calls", "exit_group is denied: `check` says so", NULL, INPUT, NULL, "programs hang or crash where they end", NULL, NULL)
ROW(seccomp_policy_large, "Policies of calls", "a filter of more than 4,096 instructions", NULL, INPUT, NULL,
    "4096 instructions", NULL, NULL)
