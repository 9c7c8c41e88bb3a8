/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's side of the host plane: one object, whose programs are attached by
 * enforcer/lsm/. A hook turns what the kernel is about to do into a question, asks verdict.h, tells,
 * and answers.
 */
#include "bpf/escape.h"
#include "bpf/exec.h"
#include "bpf/files.h"
#include "bpf/life.h"
#include "bpf/meta.h"
#include "bpf/network.h"
#include "bpf/sctp.h"
#include "bpf/seccomp.h"
#include "bpf/surfaces.h"
#include "bpf/tree.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
