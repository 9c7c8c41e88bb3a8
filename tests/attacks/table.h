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
ROW(seccomp_x32, "Seccomp", "a denied call by its x32 number", "calls", RUN, "syscalls", "mkdir", NULL, NULL)
