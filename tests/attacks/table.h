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
 *   REPORT   the class of the violation that has to be reported; for INPUT NULL

 *   REPORT   the class of the violation that has to be reported; "escape": what would have freed the program,
 *            refused by bailiff itself, and LINE is how its object begins; for INPUT NULL
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
ROW(seccomp_x32, "Seccomp", "a denied call by its x32 number", "calls", RUN, "syscalls", "mkdir", NULL, NULL)
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
ROW(input_store_cut, "Input", "a store of violations that was cut off", NULL, INPUT, NULL, "store", NULL, NULL)
ROW(input_store_flipped, "Input", "a store of violations with each of its pages damaged", NULL, INPUT, NULL, "store", NULL, NULL)
ROW(input_store_version, "Input", "a store of violations of another version", NULL, INPUT, NULL, "version", NULL, NULL)
ROW(input_store_garbage, "Input", "a file of zeros for a store", NULL, INPUT, NULL, "store", NULL, NULL)
ROW(input_reports, "Input", "reports that are none: wrong types, depth, numbers", NULL, INPUT, NULL, "", NULL, NULL)
ROW(input_escapes_table, "Input", "terminal escapes in every text of a violation: report", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_show, "Input", "terminal escapes in every text of a violation: report show", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_json, "Input", "terminal escapes in every text of a violation: report --json", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_csv, "Input", "terminal escapes in every text of a violation: report --csv", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_watch, "Input", "terminal escapes in every text of a violation: watch", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_escapes_run, "Input", "terminal escapes in the name of a program that run reports", NULL, INPUT, NULL, "owned", NULL, NULL)
ROW(input_markup, "Input", "HTML in every text of a violation: report --html", NULL, INPUT, NULL, "&lt;script&gt;", NULL, NULL)
