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
 *            | UNTOLD: `bailiff run` refuses it unreported, as a kernel that does not have it
 *            | NEWER: only a newer Landlock can hold the policy, before which `bailiff run` refuses it
 *   REPORT   the class of the violation that has to be reported; "escape": what would have freed the program,
 *            refused by bailiff itself (under `run`: by Landlock itself), and LINE is how its object
 *            begins; for INPUT NULL
 *   LINE     words that the policy's line has which the report names; for INPUT words of the message

 *   REPORT   the class of the violation that has to be reported; NULL: no class has it, for no rule is
 *            needed (self-protection, ways round a policy); for INPUT NULL
 *   LINE     words that the policy's line has which the report names, or without a class words of the report
 *            itself; for INPUT words of the message
 *   OPEN_*   NULL: stopped. Else why that plane does not cover it: then it has to succeed there too.
 */
// clang-format off

ROW(files_symlink, "Files", "a symbolic link to a denied file", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_link_new, "Files", "a hard link to a denied file, made under the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_link_old, "Files", "a hard link to a denied file, made before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "the kernel judges the name that is opened", "the name that is opened is judged")
ROW(files_symlink_middle, "Files", "a symbolic link in the middle of a path", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_link_fd, "Files", "a hard link made of a descriptor", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_rename, "Files", "the file is renamed", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_rename_ancestor, "Files", "its directory is renamed", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_exchange, "Files", "its directory is exchanged for another", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_unlink, "Files", "it is deleted", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_plant_rename, "Files", "another file is renamed over it", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_plant_tmpfile, "Files", "an O_TMPFILE is linked beside it", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_dots, "Files", "a path with dots and slashes", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_cwd, "Files", "a path from a working directory below", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_dirfd, "Files", "a path from a descriptor of its directory", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_self_root, "Files", "through /proc/self/root", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_pid_root, "Files", "through /proc/PID/root", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_pid_root_elsewhere, "Files", "through /proc/PID/root of a process in another mount namespace", "files", RUN | HOST | LANDLOCK,
    "escape", "tree", NULL, NULL)
ROW(files_pid_cwd, "Files", "through /proc/PID/cwd", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_reopen_write, "Files", "/proc/self/fd/N is opened again, to write", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(files_reopen_path, "Files", "/proc/self/fd/N of an O_PATH descriptor", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_handle, "Files", "open_by_handle_at", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_chroot, "Files", "chroot into its directory", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_pivot_root, "Files", "pivot_root to its directory", "files", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(files_bind, "Files", "a bind mount of its directory", "files", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(files_bind_old, "Files", "a bind mount made before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "the kernel judges the name that is opened", "the name that is opened is judged")
ROW(files_mount_move, "Files", "the mount that it lies in is moved", "files", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(files_open_tree, "Files", "open_tree(OPEN_TREE_CLONE), and a path from there", "files", RUN | HOST | LANDLOCK,
    "escape", "tree", NULL, NULL)
ROW(files_move_mount, "Files", "open_tree(OPEN_TREE_CLONE) and move_mount", "files", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(files_overlay, "Files", "an overlay whose lower directory it is in", "files", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(files_overlay_old, "Files", "an overlay over it that was mounted before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "the kernel judges the name that is opened", "the name that is opened is judged")
ROW(files_overlay_upper, "Files", "the upper directory of an overlay whose files are denied", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "the kernel judges the name that is opened", "the name that is opened is judged")
ROW(files_deep_20, "Files", "20 directories below", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_deep_96, "Files", "96 directories below", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_deep_128, "Files", "128 directories below", "files", RUN | HOST | LANDLOCK,
    "escape", "unknown", NULL, NULL)
ROW(files_long_200, "Files", "a path of more than 200 bytes", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_long_256, "Files", "a path of more than 256 bytes", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_long_4096, "Files", "a path of more than 4,096 bytes", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_name_newline, "Files", "a name with a newline and a terminal escape", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_name_bytes, "Files", "a name that is not UTF-8", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_name_255, "Files", "a name of 255 bytes", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_name_deleted, "Files", "a name that ends in (deleted)", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_names_many, "Files", "500 odd names, one of which may collide with an allowed one", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_unlinked, "Files", "a deleted file that was open before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "what is open before the start is not asked about again", NULL)
ROW(files_fd_inherited, "Files", "a descriptor inherited across exec", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "what is open before the start is not asked about again", NULL)
ROW(files_fd_directory, "Files", "a path from an inherited descriptor of its directory", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_fd_scm, "Files", "a descriptor from outside over SCM_RIGHTS", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "what another opened is not asked about again", NULL)
ROW(files_fd_pidfd, "Files", "a descriptor from outside by pidfd_getfd", "files", RUN | HOST | LANDLOCK,
    "escape", "trace", NULL, NULL)
ROW(files_write, "Files", "write to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_map_shared, "Files", "MAP_SHARED of a descriptor from before the policy, written to", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_map_old, "Files", "a shared mapping from before the policy, written to", "files", HOST,
    "files", "ro/**", NULL, "writing to mapped memory asks nobody")
ROW(files_splice, "Files", "splice to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_sendfile, "Files", "sendfile to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_copy, "Files", "copy_file_range to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_fallocate, "Files", "fallocate to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_ftruncate, "Files", "ftruncate to a descriptor from before the policy", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "what is open before the start is not asked about again", NULL)
ROW(files_truncate, "Files", "truncate", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(files_o_trunc, "Files", "O_TRUNC of what is opened to read", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", NULL, NULL)
ROW(files_uring_open, "Files", "openat by io_uring", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_uring_unlink, "Files", "unlinkat by io_uring", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_uring_rename, "Files", "renameat by io_uring", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_uring_link, "Files", "linkat by io_uring", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(files_xattr, "Files", "fsetxattr", "meta", RUN | HOST,
    "files", "xattr, chown", NULL, NULL)
ROW(files_acl, "Files", "an access control list", "meta", RUN | HOST,
    "files", "xattr, chown", NULL, NULL)
ROW(files_chmod, "Files", "chmod", "meta", RUN | HOST,
    "files", "xattr, chown", NULL, NULL)
ROW(files_chown, "Files", "chown", "meta", RUN | HOST,
    "files", "xattr, chown", NULL, NULL)
ROW(files_utimes, "Files", "utimensat", "files", RUN | HOST | LANDLOCK,
    "files", "ro/**", "Landlock has no right for times", NULL)
ROW(files_loop, "Files", "the block device that has its bytes, where a rule names it", "devices", RUN | HOST | LANDLOCK,
    "files", "/dev/loop*", NULL, NULL)
ROW(files_loop_unnamed, "Files", "the block device that has its bytes, which no rule names", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "a device is a file of its own: name it", "a device is a file of its own: name it")
ROW(files_mknod, "Files", "mknod of a device, and open", "devices", RUN | HOST | LANDLOCK,
    "files", "mknod", NULL, NULL)
ROW(files_stale, "Files", "a denied hard link, opened when an allowed name of it just went", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)

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
ROW(exec_own_mount, "Exec", "a file system of one's own over an allowed name", "programs", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)
ROW(exec_ld_so, "Exec", "`ld.so ./denied`", "programs", RUN | HOST,
    "exec", "default: deny", "the loader may be started, and what may be read may be mapped", NULL)
ROW(exec_ld_so_listed, "Exec", "the same where the loader may be started, and the program is denied by name", "libraries", RUN | HOST,
    "exec", "secret/**", "what may be read may be mapped, and so executed", NULL)
ROW(exec_own_loader, "Exec", "a loader of one's own, which maps the denied program", "libraries", RUN | HOST,
    "exec", "secret/**", "what may be read may be mapped, and so executed", NULL)
ROW(exec_preload, "Exec", "`LD_PRELOAD` of a denied library", "libraries", RUN | HOST,
    "exec", "secret/**", "what may be read may be mapped, and so executed", NULL)
ROW(exec_audit_library, "Exec", "`LD_AUDIT` of a denied library", "libraries", RUN | HOST,
    "exec", "secret/**", "what may be read may be mapped, and so executed", NULL)
ROW(exec_library, "Exec", "`dlopen` of a denied library", "libraries", RUN | HOST,
    "exec", "secret/**", "what may be read may be mapped, and so executed", NULL)
ROW(exec_library_unnamed, "Exec", "`dlopen` of a library that no rule allows", "programs", RUN | HOST,
    "exec", "default: deny", "what may be read may be mapped, and so executed", "what only the default denies may be mapped: deny it by name, or `execute` in `files`")
ROW(exec_copy_listed, "Exec", "a copy of a program that is denied by name", "libraries", RUN | HOST,
    "exec", "secret/**", "it is another file, which no rule names: let the default deny", "it is another file, which no rule names: let the default deny")
ROW(exec_rename_listed, "Exec", "a program that is denied by name, renamed", "libraries", RUN | HOST | LANDLOCK,
    "exec", "secret/**", NULL, NULL)
ROW(exec_link_listed, "Exec", "a hard link to it", "libraries", RUN | HOST | LANDLOCK,
    "exec", "secret/**", NULL, NULL)
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
    "exec", "anonymous-memory", "what was written to a file, and is mapped later, is not seen", "what was written to a file, and is mapped later, is not seen")
ROW(exec_map_written, "Exec", "a file written, then mapped to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", "what was written to a file, and is mapped later, is not seen", "what was written to a file, and is mapped later, is not seen")
ROW(exec_memfd_map, "Exec", "a file in memory, mapped to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_dev_zero, "Exec", "`/dev/zero` mapped to be executed", "memory", RUN | HOST,
    "exec", "anonymous-memory", "a filter does not see which file is mapped", NULL)
ROW(exec_shmat, "Exec", "`shmat` with `SHM_EXEC`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_personality, "Exec", "`personality(READ_IMPLIES_EXEC)`", "memory", RUN | HOST,
    "exec", "anonymous-memory", NULL, NULL)
ROW(exec_own_text, "Exec", "one's own code overwritten by `/proc/self/mem`", "memory", RUN | HOST,
    "exec", "anonymous-memory", "deny write of `/proc/**` in files", "deny write of `/proc/**` in files")
ROW(exec_poke_child, "Exec", "a child's code overwritten by `ptrace`", "memory", RUN | HOST,
    "exec", "anonymous-memory", "deny ptrace in kernel", "deny ptrace in kernel")
ROW(exec_core_pattern, "Exec", "the program that core dumps go to (`core_pattern`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_modprobe, "Exec", "the program that loads modules (`modprobe`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_binfmt, "Exec", "an interpreter for a kind of file (`binfmt_misc`)", "helpers", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/**", NULL, NULL)
ROW(exec_release_agent, "Exec", "the program that cleans up cgroups (`release_agent`)", "helpers", RUN | HOST | LANDLOCK,
    "escape", "mount", NULL, NULL)

ROW(net_tcp, "Network", "a denied port of TCP", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_connect_again, "Network", "`connect` to an allowed port, to `AF_UNSPEC`, then to the denied one", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_fastopen, "Network", "`sendto` with `MSG_FASTOPEN`, which connects without the connect hook", "ports", RUN | HOST | UNTOLD,
    "network", "20001/tcp", NULL, NULL)
ROW(net_fastopen_mmsg, "Network", "the same by `sendmmsg`", "ports", RUN | HOST | UNTOLD,
    "network", "20001/tcp", NULL, NULL)
ROW(net_fastopen_option, "Network", "`TCP_FASTOPEN_CONNECT`, then `send`", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_mptcp, "Network", "MPTCP", "ports", RUN | HOST | UNTOLD,
    "network", "20001/tcp", NULL, NULL)
ROW(net_smc, "Network", "SMC", "ports", RUN | HOST | UNTOLD,
    "network", "20001/tcp", NULL, NULL)
ROW(net_mapped, "Network", "IPv4 mapped into IPv6", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_uring_connect, "Network", "`connect` by io_uring", "rings", RUN | HOST,
    "network", "network:", NULL, NULL)
ROW(net_uring_fastopen, "Network", "`MSG_FASTOPEN` by io_uring", "rings", RUN | HOST,
    "network", "network:", NULL, NULL)
ROW(net_setns, "Network", "`setns` to a network where the denied port is served", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_inherited, "Network", "`connect` of an inherited socket", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_passed, "Network", "`connect` of a socket that came by `SCM_RIGHTS`", "ports", RUN | HOST | LANDLOCK,
    "network", "20001/tcp", NULL, NULL)
ROW(net_inherited_connected, "Network", "a connected socket inherited", "ports", RUN | HOST,
    "network", "20001/tcp", "a connection that stands is not judged", "a connection that stands is not judged")
ROW(net_passed_connected, "Network", "a connected socket that came by `SCM_RIGHTS`", "ports", RUN | HOST,
    "network", "20001/tcp", "a connection that stands is not judged", "a connection that stands is not judged")
ROW(net_udp_sendto, "Network", "UDP without `connect`: `sendto`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_udp_sendmmsg, "Network", "UDP without `connect`: `sendmmsg`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_udp_port, "Network", "one denied port of UDP: `sendto`, `sendmmsg`", "datagrams", RUN | HOST | LANDLOCK | NEWER,
    "network", "20001/udp", NULL, NULL)
ROW(net_udp_again, "Network", "the same: `connect` elsewhere, to `AF_UNSPEC`, then there", "datagrams", RUN | HOST | LANDLOCK | NEWER,
    "network", "20001/udp", NULL, NULL)
ROW(net_udp_mapped, "Network", "the same: IPv4 mapped into IPv6, and IPv4 by a socket of IPv6", "datagrams", RUN | HOST | LANDLOCK | NEWER,
    "network", "20001/udp", NULL, NULL)
ROW(net_udp_unspec, "Network", "the same: a destination of no family", "datagrams", RUN | HOST | LANDLOCK | NEWER,
    "network", "20001/udp", NULL, NULL)
ROW(net_inherited_udp, "Network", "the same by a socket inherited", "datagrams", RUN | HOST | LANDLOCK | NEWER,
    "network", "20001/udp", NULL, NULL)
ROW(net_bind, "Network", "a denied port to listen on", "ports", RUN | HOST | LANDLOCK,
    "network", "20002/tcp", NULL, NULL)
ROW(net_bind_unspec, "Network", "the same with an address of no family", "ports", RUN | HOST | LANDLOCK,
    "network", "20002/tcp", NULL, NULL)
ROW(net_bind_six, "Network", "the same by a socket of IPv6", "ports", RUN | HOST | LANDLOCK,
    "network", "20002/tcp", NULL, NULL)
ROW(net_uring_bind, "Network", "`bind` by io_uring", "rings", RUN | HOST,
    "network", "network:", NULL, NULL)
ROW(net_listen_unbound, "Network", "`listen` without `bind`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_port_zero, "Network", "`bind` to port 0", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_uring_send, "Network", "a datagram by io_uring", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_uring_socket, "Network", "a socket of netlink by io_uring", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_raw, "Network", "a raw socket", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_packet, "Network", "a packet socket", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_ping, "Network", "a ping socket", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_vsock, "Network", "`AF_VSOCK`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_alg, "Network", "`AF_ALG`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_xdp, "Network", "`AF_XDP`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_inherited_raw, "Network", "a raw socket inherited", "network", RUN | HOST,
    "network", "default: deny", "what a socket from before sends is not looked at", NULL)
ROW(net_abstract, "Network", "an abstract unix socket: `connect`", "ports", RUN | HOST | LANDLOCK,
    "network", "unix:@**", NULL, NULL)
ROW(net_abstract_sendmsg, "Network", "an abstract unix socket: `sendmsg`", "ports", RUN | HOST | LANDLOCK,
    "network", "unix:@**", NULL, NULL)
ROW(net_unix_shut, "Network", "`sendmsg` to a unix path, where unix sockets are denied", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_pair_sendto, "Network", "the same by an end of a `socketpair`", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_unix_connect, "Network", "`connect` to a denied unix path", "unixes", RUN | HOST | LANDLOCK | NEWER,
    "network", "secret/**", NULL, NULL)
ROW(net_unix_sendmsg, "Network", "`sendmsg` to a denied unix path", "unixes", RUN | HOST | LANDLOCK | NEWER,
    "network", "secret/**", NULL, NULL)
ROW(net_unix_symlink, "Network", "`connect` to it by a symbolic link", "unixes", RUN | HOST | LANDLOCK | NEWER,
    "network", "secret/**", NULL, NULL)
ROW(net_address, "Network", "a new address by netlink", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_route, "Network", "a new route by netlink", "network", RUN | HOST,
    "network", "default: deny", NULL, NULL)
ROW(net_route_inherited, "Network", "a new route by a netlink socket inherited", "network", RUN | HOST,
    "network", "default: deny", "netlink is judged when the socket is made", "netlink is judged when the socket is made")
ROW(net_tun, "Network", "a network device of one's own (`/dev/net/tun`)", "network", RUN | HOST,
    "network", "default: deny", "it is a file: deny write of `/dev/net/tun`", "it is a file: deny write of `/dev/net/tun`")

ROW(process_unshare, "Process and scope", "unshare of every namespace", "surfaces", RUN | HOST,
    "kernel", "- namespaces", NULL, NULL)
ROW(process_clone, "Process and scope", "clone3 and clone with every namespace", "surfaces", RUN | HOST,
    "kernel", "- namespaces", NULL, NULL)
ROW(process_setns, "Process and scope", "setns", "surfaces", RUN | HOST,
    "kernel", "- namespaces", NULL, NULL)
ROW(process_setns_host, "Process and scope", "setns from a mount namespace to the machine's, with no rule about namespaces", "files", HOST,
    NULL, "\"operation\":\"escape\"", NULL, NULL)
ROW(process_capabilities, "Process and scope", "a user namespace, which gives dropped capabilities back", "caps", RUN | HOST,
    "capabilities", "SYS_CHROOT", NULL, NULL)
ROW(process_cgroup, "Process and scope", "moving to another cgroup", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(process_cgroup_child, "Process and scope", "moving to a new cgroup below", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(process_into_cgroup, "Process and scope", "a child by CLONE_INTO_CGROUP in another cgroup", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(process_cgroup_again, "Process and scope", "a governed cgroup removed and made again", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(process_enter, "Process and scope", "entering a container's cgroup and mount namespace from outside, as docker exec and nsenter", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(process_inode_again, "Process and scope", "the inode number of a file that was allowed, used again by a denied one", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(process_pid_again, "Process and scope", "the number of an ungoverned process, used again", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", NULL, NULL)
ROW(process_old_fd, "Process and scope", "a descriptor from before it was governed", "files", RUN | HOST | LANDLOCK,
    "files", "secret/**", "what is open at the start stays open: whoever starts the program gave it", NULL)
ROW(process_signal_supervisor, "Process and scope", "a signal to the supervisor", "supervised", RUN | LANDLOCK,
    NULL, "\"operation\":\"signal\"", NULL, NULL)
ROW(process_trace_supervisor, "Process and scope", "tracing the supervisor, its memory, its descriptors", "supervised", RUN | LANDLOCK,
    NULL, "\"operation\":\"trace\"", NULL, NULL)
ROW(process_trace_supervisor_caps, "Process and scope", "the same by root without CAP_SYS_PTRACE, where no file is restricted", "caps", RUN | SILENT,
    NULL, "", NULL, NULL)
ROW(process_trace_supervisor_root, "Process and scope", "the same by root with CAP_SYS_PTRACE, where no file is restricted", "calls", RUN,
    "syscalls", "mkdir", "root may trace whom it likes: deny CAP_SYS_PTRACE, as `check` says", NULL)

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

ROW(surface_init_module, "Kernel surface", "init_module", "surfaces", RUN | HOST,
    "kernel", "- modules", NULL, NULL)
ROW(surface_finit_module, "Kernel surface", "finit_module", "surfaces", RUN | HOST,
    "kernel", "- modules", NULL, NULL)
ROW(surface_delete_module, "Kernel surface", "delete_module", "surfaces", RUN | HOST,
    "kernel", "- modules", NULL, NULL)
ROW(surface_kexec, "Kernel surface", "kexec_load and kexec_file_load", "surfaces", RUN | HOST,
    "kernel", "- kexec", NULL, NULL)
ROW(surface_reboot, "Kernel surface", "reboot", "surfaces", RUN | HOST,
    "kernel", "- reboot", NULL, NULL)
ROW(surface_bpf, "Kernel surface", "bpf", "surfaces", RUN | HOST,
    "kernel", "- bpf", NULL, NULL)
ROW(surface_perf, "Kernel surface", "perf_event_open", "surfaces", RUN | HOST,
    "kernel", "- perf", NULL, NULL)
ROW(surface_mount, "Kernel surface", "mount: a new file system, another name, other options", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_umount, "Kernel surface", "umount2", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_fsopen, "Kernel surface", "fsopen, fsconfig, fsmount", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_open_tree, "Kernel surface", "open_tree and move_mount", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_mount_setattr, "Kernel surface", "mount_setattr", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_pivot_root, "Kernel surface", "pivot_root", "surfaces", RUN | HOST,
    "kernel", "- mount", NULL, NULL)
ROW(surface_keyring, "Kernel surface", "add_key, keyctl, request_key", "surfaces", RUN | HOST,
    "kernel", "- keyring", NULL, NULL)
ROW(surface_io_uring, "Kernel surface", "io_uring_setup", "surfaces", RUN | HOST,
    "kernel", "- io-uring", NULL, NULL)
ROW(surface_clock, "Kernel surface", "adjtimex and clock_adjtime", "surfaces", RUN | HOST,
    "kernel", "- clock", NULL, NULL)
ROW(surface_ports, "Kernel surface", "iopl and ioperm", "surfaces", RUN | HOST,
    "kernel", "- raw-io", NULL, NULL)
ROW(surface_log, "Kernel surface", "syslog", "surfaces", RUN | HOST,
    "kernel", "- log", NULL, NULL)
ROW(surface_ptrace, "Kernel surface", "PTRACE_TRACEME", "surfaces", RUN | HOST,
    "kernel", "- ptrace", NULL, NULL)
ROW(surface_memory, "Kernel surface", "process_vm_readv, process_vm_writev, pidfd_getfd", "surfaces", RUN | HOST,
    "kernel", "- ptrace", NULL, NULL)
ROW(surface_log_device, "Kernel surface", "/dev/kmsg", "surfaces", HOST,
    "kernel", "- log", NULL, NULL)
ROW(surface_dev_mem, "Kernel surface", "/dev/mem, by the surface raw-io", "surfaces", HOST,
    "kernel", "- raw-io", NULL, NULL)
ROW(surface_dev_mem_name, "Kernel surface", "/dev/mem by another name", "surfaces", HOST,
    "kernel", "- raw-io", NULL, NULL)
ROW(surface_kcore, "Kernel surface", "/proc/kcore, by the surface raw-io", "surfaces", HOST,
    "kernel", "- raw-io", NULL, NULL)
ROW(surface_msr, "Kernel surface", "/dev/cpu/0/msr, by the surface raw-io", "surfaces", HOST,
    "kernel", "- raw-io", NULL, NULL)
ROW(surface_dev_mem_files, "Kernel surface", "/dev/mem, by its name", "devices", RUN | HOST | LANDLOCK,
    "files", "/dev/mem", NULL, NULL)
ROW(surface_kcore_files, "Kernel surface", "/proc/kcore, by its name", "devices", RUN | HOST | LANDLOCK,
    "files", "/proc/kcore", NULL, NULL)
ROW(surface_msr_files, "Kernel surface", "/dev/cpu/0/msr, by its name", "devices", RUN | HOST | LANDLOCK,
    "files", "/dev/cpu", NULL, NULL)
ROW(surface_sysrq, "Kernel surface", "/proc/sysrq-trigger", "devices", RUN | HOST | LANDLOCK,
    "files", "sysrq", NULL, NULL)
ROW(surface_sysctl, "Kernel surface", "a sysctl (core_pattern)", "devices", RUN | HOST | LANDLOCK,
    "files", "/proc/sys/", NULL, NULL)
ROW(surface_userfaultfd, "Kernel surface", "userfaultfd", "calls", RUN,
    "syscalls", "userfaultfd", NULL, NULL)

ROW(own_map_number, "Bailiff itself", "a descriptor of its map, by number, to change or delete what is in it", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_maps_all, "Bailiff itself", "each map that there is, for one of its", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_map_pin, "Bailiff itself", "its map by the name where it is pinned", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_program, "Bailiff itself", "a descriptor of its program", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_link, "Bailiff itself", "BPF_LINK_DETACH and BPF_LINK_UPDATE of its links", "own", HOST | SILENT,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_pin_unlink, "Bailiff itself", "one of its pins unlinked", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_pin_new, "Bailiff itself", "something else pinned among them", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_pin_rename, "Bailiff itself", "its directory renamed", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_mount_over, "Bailiff itself", "a mount over its directory", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_umount, "Bailiff itself", "its bpffs unmounted", "own", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_ring, "Bailiff itself", "nobody reads the ring, and it is flooded", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(own_memory, "Bailiff itself", "so many names that what is remembered has to go", "files", HOST,
    "files", "secret/**", NULL, NULL)
ROW(own_ftrace, "Bailiff itself", "ftrace switched off, on which its programs hang", "files", HOST,
    NULL, "\"operation\":\"self\"", NULL, NULL)
ROW(own_tracing, "Bailiff itself", "kprobes and tracing switched off", "files", HOST,
    "files", "secret/**", NULL, NULL)

ROW(seccomp_policy_sibling, "Policies of calls", "a call is denied, its sibling forgotten: `check` says so", NULL, INPUT, NULL,
    "mkdir is restricted here, but mkdirat, which can do the like, is open", NULL, NULL)
ROW(seccomp_policy_exit, "Policies of calls", "exit_group is denied: `check` says so", NULL, INPUT, NULL, "programs hang or crash where they end", NULL, NULL)
ROW(seccomp_policy_large, "Policies of calls", "a filter of more than 4,096 instructions", NULL, INPUT, NULL,
    "4096 instructions", NULL, NULL)

ROW(input_yaml_aliases, "Input", "YAML: aliases of aliases, 8^29 values", NULL, INPUT, NULL, "aliases followed", NULL, NULL)
ROW(input_yaml_nesting, "Input", "YAML: 200,000 levels", NULL, INPUT, NULL, "levels", NULL, NULL)
ROW(input_yaml_key, "Input", "YAML: a key of 1 MiB", NULL, INPUT, NULL, "64 KiB", NULL, NULL)
ROW(input_yaml_nul, "Input", "YAML: a NUL byte in a path", NULL, INPUT, NULL, "NUL", NULL, NULL)
ROW(input_yaml_nul_escaped, "Input", "YAML: a NUL byte in a path, escaped", NULL, INPUT, NULL, "NUL", NULL, NULL)
ROW(input_yaml_utf8, "Input", "YAML: bytes that are not UTF-8", NULL, INPUT, NULL, "UTF-8", NULL, NULL)
ROW(input_yaml_twice, "Input", "YAML: a key that stands there twice", NULL, INPUT, NULL, "second time", NULL, NULL)
ROW(input_yaml_tab, "Input", "YAML: tabs", NULL, INPUT, NULL, "tabs", NULL, NULL)
ROW(input_yaml_boolean, "Input", "YAML: a word that is a truth value in YAML 1.1", NULL, INPUT, NULL, "unknown default 'no'", NULL, NULL)
ROW(input_yaml_merge, "Input", "YAML: the merge key", NULL, INPUT, NULL, "<<", NULL, NULL)
ROW(input_include_cycle, "Input", "an include that includes what includes it", NULL, INPUT, NULL, "includes itself", NULL, NULL)
ROW(input_include_directory, "Input", "an include that is a directory", NULL, INPUT, NULL, "can't be read", NULL, NULL)
ROW(input_include_fifo, "Input", "an include that is a fifo", NULL, INPUT, NULL, "can't be read", NULL, NULL)
ROW(input_include_zero, "Input", "an include that is /dev/zero", NULL, INPUT, NULL, "not a regular file", NULL, NULL)
ROW(input_include_link, "Input", "an include that is a link to /dev/zero", NULL, INPUT, NULL, "not a regular file", NULL, NULL)
ROW(input_include_writable, "Input", "an include that others may write, read by root", NULL, INPUT, NULL, "users other than root", NULL, NULL)
ROW(input_include_others, "Input", "an include that is another user's, read by root", NULL, INPUT, NULL, "users other than root", NULL, NULL)
ROW(input_yaml_changes, "Input", "a policy that changes while it is read", NULL, INPUT, NULL, "changed", NULL, NULL)
ROW(input_json_types, "Input", "a seccomp profile with wrong types", NULL, INPUT, NULL, "must be", NULL, NULL)
ROW(input_json_number, "Input", "a seccomp profile with a number of 2^64", NULL, INPUT, NULL, "too big", NULL, NULL)
ROW(input_json_index, "Input", "a seccomp profile with argument 2^32", NULL, INPUT, NULL, "index", NULL, NULL)
ROW(input_json_negative, "Input", "a seccomp profile with a negative errno", NULL, INPUT, NULL, "errnoRet", NULL, NULL)
ROW(input_json_nesting, "Input", "a seccomp profile of 200,000 levels", NULL, INPUT, NULL, "depth", NULL, NULL)
ROW(input_compiled_cut, "Input", "a compiled policy that was cut off", NULL, INPUT, NULL, "damaged", NULL, NULL)
ROW(input_compiled_flipped, "Input", "a compiled policy with a bit flipped, each of 64 over all of it", NULL, INPUT, NULL, "damaged", NULL, NULL)
ROW(input_compiled_version, "Input", "a compiled policy of another version", NULL, INPUT, NULL, "format", NULL, NULL)
ROW(input_store_cut, "Input", "a store of violations that was cut off", NULL, INPUT, NULL, "malformed", NULL, NULL)
ROW(input_store_flipped, "Input", "a store of violations with each of its pages damaged", NULL, INPUT, NULL, "malformed", NULL, NULL)
ROW(input_store_version, "Input", "a store of violations of another version", NULL, INPUT, NULL, "version", NULL, NULL)
ROW(input_store_garbage, "Input", "a file of other bytes for a store", NULL, INPUT, NULL, "not a database", NULL, NULL)
ROW(input_reports, "Input", "reports that are none: wrong types, depth, numbers", NULL, INPUT, NULL, "none of its", NULL, NULL)
ROW(input_escapes_table, "Input", "terminal escapes in every text of a violation: report", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_show, "Input", "terminal escapes in every text of a violation: report show", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_json, "Input", "terminal escapes in every text of a violation: report --json", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_csv, "Input", "terminal escapes in every text of a violation: report --csv", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_watch, "Input", "terminal escapes in every text of a violation: watch", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_run, "Input", "terminal escapes in the name of a program that run reports", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_markup, "Input", "HTML in every text of a violation: report --html", NULL, INPUT, NULL, "&lt;script&gt;", NULL, NULL)
