/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci: seccomp profiles as Docker, Podman, Kubernetes and the OCI runtimes write them (JSON), read
 * into the policy language, and policies written as such profiles. The only room beside the reports
 * that includes <jansson.h>. Pure.
 *
 * An imported policy decides as runc 1.1 and libseccomp 2.5 would have:
 *   - rules are taken or left by `includes` and `excludes` (capabilities, architecture, kernel);
 *   - a rule whose action is the default's is dropped; a call that libseccomp does not know is too;
 *   - when two conditions of one rule look at the same argument, every condition of that rule is an
 *     alternative; otherwise all must hold;
 *   - of several unconditional rules for a call the first stands, and it beats every conditional
 *     one, wherever that stands;
 *   - conditional rules of different actions that can hold at once: libseccomp goes by the number
 *     of the argument and the kind of comparison, or refuses the profile. Here the strictest one
 *     decides, and a warning says so.
 *
 * Where it differs, on purpose:
 *   - libseccomp compares 64 bits of every register, the language compares what the kernel reads:
 *     the same for every value within that width;
 *   - numbers that bailiff's tables do not know get ENOSYS unless the default is to allow. Plain
 *     libseccomp gives them the default action; runc 1.0.2 and newer give ENOSYS to numbers greater
 *     than the greatest that the profile names, also to those that the tables know: these get the
 *     profile's default here. Calls by another ABI get ENOSYS; libseccomp kills the thread;
 *   - on i386, libseccomp adds to a rule for a call that socketcall or ipc stand for a rule for that
 *     entry of socketcall or ipc, without what is asked of the first argument. A profile does not say so, and
 *     it opens more than it says: not carried, and told;
 *   - NOTIFY and TRACE need somebody outside: they become `errno ENOSYS`, with a warning.
 */
#ifndef BAILIFF_OCI_H
#define BAILIFF_OCI_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/names.h"
#include "bailiff/policy.h"

#define OCI_MAX_BYTES	     (64u << 20) /* of JSON */
#define OCI_MAX_VALUES	     4000000u	 /* commas and brackets of JSON: bounds the memory for it */
#define OCI_MAX_RULES	     POLICY_MAX_RULES
#define OCI_MAX_ALTERNATIVES 2048u  /* conditional rules of one call */
#define OCI_MAX_CONDITIONAL  16384u /* and of all: more than a filter could hold */

/* Docker's capabilities for a container that asks for none (bits by number): CHOWN, DAC_OVERRIDE,
 * FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD,
 * AUDIT_WRITE, SETFCAP. */
#define OCI_DOCKER_CAPS 0xa80425fbull

/* What the profile is imported for. Zeroed plus the defaults below is a good start. */
struct oci_options {
	uint64_t caps;	  /* the container's capabilities, a bit per number */
	bool archs_given; /* archs overrides the profile's own list */
	bool archs[ARCH_COUNT];
	unsigned kernel[2];	 /* major, minor */
	const char *policy_name; /* NULL: from the profile's file name */
	const char *description; /* NULL: none */
};
#define OCI_OPTIONS_DEFAULT                                                                        \
	{                                                                                          \
		.caps = OCI_DOCKER_CAPS, .kernel = { 6, 1 }                                        \
	}

/*
 * Reads a profile and writes a policy as YAML text, which policy_parse() takes without an error;
 * the caller frees it. `name` is how messages call the profile. What could not be carried is in
 * diag as warnings, what was carried otherwise as notes. -EINVAL with errors in diag when it is no
 * profile (positions where it is no JSON; a path like syscalls[3].args[0] else); -ENOMEM.
 */
int oci_import(const char *text, size_t length, const char *name, const struct oci_options *options,
	       struct diag *diag, char **ret_yaml);

/*
 * Writes a policy as a profile that runc and crun accept (JSON; the caller frees it) and that
 * decides as the policy does for every call of the policy's architectures, quiet or not. Comparisons
 * become masked equalities, none of which overlap: libseccomp's order of rules then can't matter.
 * -EINVAL with errors in diag where a profile can't say it (rules that differ between the
 * architectures, `by`, errno 4095); warnings tell what is left out (other classes, other ABIs,
 * reports).
 */
int oci_export(const struct policy *policy, struct diag *diag, char **ret_json);

#endif
