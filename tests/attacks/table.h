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
ROW(exec_plain, "Exec", "a program that is not allowed", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_copy, "Exec", "a copy of it", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_rename, "Exec", "it, renamed", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_link, "Exec", "a hard link to it", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_fd, "Exec", "it by a descriptor: `execveat`, `AT_EMPTY_PATH`", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_fd_old, "Exec", "it by a descriptor from before the policy", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_tmpfile, "Exec", "a file that never had a name (`O_TMPFILE`)", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_unlinked, "Exec", "a file that has lost its name, by `/proc/self/fd`", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_script, "Exec", "a script that is not allowed, whose interpreter is", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_script_interpreter, "Exec", "a script that is allowed, whose interpreter is not", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_double_fork, "Exec", "double fork to lose one's ancestry, then that program", "programs", RUN | HOST | LANDLOCK,
    "exec", "default: deny", NULL, NULL)
ROW(exec_memfd, "Exec", "a file in memory: `memfd_create`, `execveat`", "programs", RUN | HOST,
    "exec", "default: deny", NULL, NULL)
ROW(exec_memfd_proc, "Exec", "the same by `/proc/self/fd`", "programs", RUN | HOST,
    "exec", "default: deny", NULL, NULL)
ROW(exec_copy_over, "Exec", "a copy over an allowed program", "programs", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(exec_rename_over, "Exec", "it, renamed to an allowed name", "programs", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(exec_link_over, "Exec", "a hard link to it under an allowed name", "programs", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(exec_ld_so, "Exec", "`ld.so ./denied`", "programs", RUN | HOST,
    "exec", "default: deny", "what may be read may be mapped, and so executed", NULL)
ROW(exec_own_loader, "Exec", "a loader of one's own, which maps the denied program", "programs", RUN | HOST,
    "exec", "default: deny", "what may be read may be mapped, and so executed", NULL)
ROW(exec_preload, "Exec", "`LD_PRELOAD` of a denied library", "programs", RUN | HOST,
    "exec", "default: deny", "what may be read may be mapped, and so executed", NULL)
ROW(exec_library, "Exec", "`dlopen` of a denied library", "programs", RUN | HOST,
    "exec", "default: deny", "what may be read may be mapped, and so executed", NULL)
ROW(exec_script_argument, "Exec", "an allowed interpreter with a denied script as its argument", "programs", RUN | HOST,
    "exec", "default: deny", "to an allowed interpreter a script is data", "to an allowed interpreter a script is data")
ROW(exec_multicall, "Exec", "a multi-call binary by a name that is denied", "programs", RUN | HOST,
    "exec", "default: deny", "all of its programs are one file, and that is what is judged", "all of its programs are one file, and that is what is judged")
ROW(exec_poke, "Exec", "`ptrace` poking into an allowed process", "programs", RUN | HOST,
    "kernel", "ptrace", NULL, NULL)
ROW(exec_vm_writev, "Exec", "`process_vm_writev` into an allowed process", "programs", RUN | HOST,
    "kernel", "ptrace", NULL, NULL)
ROW(exec_proc_mem, "Exec", "`/proc/PID/mem` of an allowed process", "programs", RUN | HOST | LANDLOCK,
    "kernel", "ptrace", NULL, NULL)
ROW(exec_setuid, "Exec", "a setuid program under `no_new_privs`: root by it", "programs", RUN | SILENT,
    "exec", "", NULL, NULL)
ROW(exec_setuid_governed, "Exec", "a denied file by a setuid program", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(exec_anonymous, "Exec", "anonymous memory, `PROT_EXEC`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_mprotect, "Exec", "written memory made executable: `mprotect`, `pkey_mprotect`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_heap, "Exec", "the heap made executable", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_stack, "Exec", "the stack made executable", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_file_mapping, "Exec", "a written mapping of a file made executable", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_map_twice, "Exec", "a file mapped twice, to be written and to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", "a filter does not see that both are of one file", NULL)
ROW(exec_memfd_map, "Exec", "a file in memory, mapped to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_dev_zero, "Exec", "`/dev/zero` mapped to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", "a filter does not see which file is mapped", NULL)
ROW(exec_shmat, "Exec", "`shmat` with `SHM_EXEC`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_personality, "Exec", "`personality(READ_IMPLIES_EXEC)`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_own_text, "Exec", "one's own code overwritten by `/proc/self/mem`", "memory", RUN | HOST,
    "exec", "anonymous-memory", "a filter sees no paths: deny write of `/proc/**`", NULL)
ROW(exec_core_pattern, "Exec", "the program that core dumps go to (`core_pattern`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_modprobe, "Exec", "the program that loads modules (`modprobe`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_binfmt, "Exec", "an interpreter for a kind of file (`binfmt_misc`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_release_agent, "Exec", "the program that cleans up cgroups (`release_agent`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(seccomp_x32, "Seccomp", "a denied call by its x32 number", "calls", RUN, "syscalls", "mkdir", NULL, NULL)
