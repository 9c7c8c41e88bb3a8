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
