# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What every container runtime is tried with: bailiff as PID 1 of an image that holds nothing but
# bailiff-static and one static program. Source it instead of lib.sh, say `containers_prepare`, and
# bring these words, in which OPTIONS are those of bundle.py, and seccomp=default:
#
#   contain ID [OPTION...] -- ARGV...   runs it to its end, and gives its status
#   signal_container ID SIGNAL          as the runtime does
#   container_pid ID                    PID 1 of it, as the host sees it
#   container_id ID                     the name that the runtime gives it in paths of cgroups
#   remove_containers                   all that may be left
#
# Those of runc and crun are here (oci_runtime, crun_runtime), those of Podman in podman.sh. Each
# container has $OUT as /out, where the policies are too.

containers_given_tmp=${TMPDIR:-}
# In a mount namespace of its own, so that nothing can be left mounted.
if [ "$(id -u)" = 0 ] && [ -z "${CONTAINERS_APART:-}" ] && unshare --mount true 2>/dev/null; then
	CONTAINERS_APART=1 exec unshare --mount --propagation private sh "$0" "$@"
fi
unset CONTAINERS_APART
# shellcheck source=lib.sh
. "$(dirname "$0")/../common/lib.sh"

STOP_SECONDS=5 # for a container to end after a signal that its program takes at once

# within SECONDS COMMAND...: again and again until it holds
within() {
	within_end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -le "$within_end" ] || return 1
		sleep 0.05
	done
}

contained() { python3 tests/common/contained.py "$@"; }

containers_cleanup() {
	remove_containers >/dev/null 2>&1
	# With all that is mounted below.
	umount --lazy "$HERE"
	rm -rf "$TMPDIR/containers"
	[ -n "$containers_given_tmp" ] || rm -rf "$TMPDIR"
}

# containers_prepare RUNTIME...: or skips the whole script
containers_prepare() {
	is_root || skip_all "needs root"
	unshare --mount true 2>/dev/null || skip_all "no mount namespace can be made here"
	for containers_need in python3 "$@"; do
		have "$containers_need" || skip_all "$containers_need is not installed"
	done
	if [ ! -x "$BAILIFF_STATIC" ] || [ ! -x "$BAILIFF_BUILD/live/contained" ]; then
		skip_all "make programs has not been run"
	fi
	trap containers_cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	# Podman takes no long paths. Only our mount namespace has it here.
	HERE=/srv
	mkdir "$TMPDIR/containers"
	mount --bind "$TMPDIR/containers" "$HERE" || skip_all "nothing can be mounted here"
	OUT=$HERE/out
	ROOTFS=$HERE/rootfs
	mkdir -p "$OUT" "$ROOTFS"
	chmod 755 "$HERE" "$ROOTFS"
	chmod 777 "$OUT"
	install -m 755 "$BAILIFF_STATIC" "$ROOTFS/bailiff"
	install -m 755 "$BAILIFF_BUILD/live/contained" "$ROOTFS/program"
	write_policies
	write_questions
}

# crun takes version 2 alone: where it lies below version 1, it becomes all there is in our mount
# namespace.
unify_cgroups() {
	[ -d /sys/fs/cgroup/unified ] || return 0
	if ! umount -R /sys/fs/cgroup || ! mount -t cgroup2 none /sys/fs/cgroup; then
		skip_all "the cgroups of version 2 can't be mounted alone"
	fi
}

# oci_runtime COMMAND...: what runs bundles
oci_runtime() {
	RUNTIME=$*
	contain() {
		contain_id=$1
		shift
		mkdir -p "$HERE/bundles/$contain_id"
		python3 tests/common/bundle.py "$HERE/bundles/$contain_id/config.json" "$ROOTFS" \
			"mount=$OUT:/out" "profile=$HERE/default.json" "cgroup=/$contain_id" "$@" ||
			return 125
		# shellcheck disable=SC2086 # words
		$RUNTIME --root "$HERE/state" run --bundle "$HERE/bundles/$contain_id" "$contain_id"
	}
	# shellcheck disable=SC2086 # words
	signal_container() { $RUNTIME --root "$HERE/state" kill "$1" "$2"; }
	# shellcheck disable=SC2086 # words
	container_pid() {
		$RUNTIME --root "$HERE/state" state "$1" |
			python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])'
	}
	container_id() { echo "$1"; }
	# shellcheck disable=SC2086 # words
	remove_containers() {
		for remove_bundle in "$HERE"/bundles/*; do
			$RUNTIME --root "$HERE/state" delete --force "${remove_bundle##*/}"
		done
	}
}

# The same for crun, where the machine's cgroups are of both versions without any.
crun_runtime() {
	unify_cgroups
	oci_runtime crun
	contain probe -- /program exit 0 >"$TMPDIR/out" 2>&1 && return
	oci_runtime crun --cgroup-manager=disabled
	contain probe-2 -- /program exit 0 >"$TMPDIR/out" 2>&1 ||
		skip_all "crun runs no container here: $(tail -n 1 "$TMPDIR/out")"
}

write_policies() {
	cat >"$OUT/contained.yaml" <<'POLICY'
version: 1
name: contained
include: [container-default]
# Errnos that neither the kernel nor a runtime's own profile gives for these calls.
syscalls:
  default: errno EUCLEAN
  deny:
    - {calls: [swapoff], action: kill}
    - {calls: [symlink, symlinkat], action: errno EXDEV, why: one name a file}
POLICY
	"$BAILIFF" compile -o "$OUT/contained.bailiff" "$OUT/contained.yaml" 2>"$TMPDIR/err" ||
		fail "compile the policy" "$(cat "$TMPDIR/err")"
	# seccomp=default of runc and crun, which bring none: the one of Docker.
	"$BAILIFF" compile --format oci -o "$HERE/default.json" container-default 2>/dev/null
}

# The policy, owned by this user of the host: who is root in a user namespace does not take one that
# another user could rewrite, and the host's root is no user there.
policy_of() { # policy_of UID [POLICY]
	policy_file=${2:-contained.yaml}
	mkdir -p "$OUT/$1"
	cp "$OUT/$policy_file" "$OUT/$1/$policy_file"
	chown "$1:$1" "$OUT/$1/$policy_file"
	echo "$1/$policy_file"
}

# A name as long as those of Docker and Podman, and of this run alone.
new_id() { printf '%s %s %s' "$$" "$TMPDIR" "$1" | sha256sum | cut -d ' ' -f 1; }

# expect_contained NAME WANT [OPTION...] -- ARGV...: with this status
expect_contained() {
	contained_name=$1
	contained_want=$2
	shift 2
	expect_status "$contained_name" "$contained_want" contain "$(new_id "$contained_name")" "$@"
}

# try_look NAME POLICY "OPTION..." [WORD=VALUE...]: the program under a policy of /out, with all that
# it sees and all that is reported
try_look() {
	look_name=$1
	look_policy=$2
	look_options=$3
	shift 3
	look_id=$(new_id "$look_name")
	look_report=$(printf %s "$look_name" | tr -c a-z0-9 -).jsonl
	# shellcheck disable=SC2086 # words
	contain "$look_id" $look_options -- /bailiff run -p "/out/$look_policy" ${look_more:-} \
		--report "/out/$look_report" -- /program look >"$TMPDIR/look" 2>"$TMPDIR/err"
	look_status=$?
	if [ "$look_status" != 0 ]; then
		fail "$look_name" "status $look_status: $(head -c 600 "$TMPDIR/err" | tr '\n' ' ')"
		return
	fi
	look_faults=$(contained look "$TMPDIR/look" "$OUT/$look_report" "${look_source:-/out/$look_policy}" \
		"$(container_id "$look_id")" no-new-privs=1 seccomp=2 "descriptors=0 1 2" "$@" 2>&1)
	if [ -z "$look_faults" ]; then
		pass "$look_name"
	else
		fail "$look_name" "$(echo "$look_faults" | head -5 | tr '\n' ';')"
	fi
}

none=capabilities=0

look_everywhere() {
	try_look "as root" contained.yaml "" user=0:0 proc=yes root=writable bpf=EUCLEAN
	try_look "as a user" contained.yaml user=1000:1000 user=1000:1000 $none
	try_look "as root under the runtime's profile" contained.yaml seccomp=default user=0:0 bpf=EPERM
	try_look "as a user under the runtime's profile" contained.yaml \
		"seccomp=default user=1000:1000" user=1000:1000 bpf=EPERM $none
	try_look "on a read-only root" contained.yaml readonly root=EROFS
	try_look "without capabilities" contained.yaml nocaps user=0:0 $none
	try_look "with no new privileges" contained.yaml "nonewprivs user=1000:1000" $none
	try_look "with all of these" contained.yaml \
		"seccomp=default user=1000:1000 readonly nocaps nonewprivs" root=EROFS $none
	look_source=$OUT/contained.yaml
	try_look "with a compiled policy" contained.bailiff "user=1000:1000 nonewprivs"
	look_source=
	look_more="--user 1000:1000"
	try_look "with a user of bailiff's giving" contained.yaml "" user=1000:1000 $none
	look_more=
}

# With nothing to supervise, the program itself is PID 1 in the end.
try_unsupervised() {
	contain "$(new_id unsupervised)" user=1000:1000 -- /bailiff run -p /out/contained.yaml \
		--report none -- /program look >"$TMPDIR/look" 2>"$TMPDIR/err"
	expect "without reports the program is PID 1" "pid 1 of 0,call symlink EXDEV," "$(
		grep -E '^(pid|call symlink) ' "$TMPDIR/look" | tr '\n' ,)"
}

# The policy that is inside bailiff, to a program that tells on standard error.
try_shipped() {
	shipped_status=0
	contain "$(new_id shipped)" -- /bailiff run -p container-default -- /program calls \
		>"$TMPDIR/calls" 2>"$TMPDIR/err" || shipped_status=$?
	expect "a shipped policy by its name" "0 call unshare EPERM told" "$shipped_status $(
		grep unshare "$TMPDIR/calls") $(grep -q 'unshare.*container-default' "$TMPDIR/err" && echo told)"
}

try_statuses() {
	bailiff="/bailiff run -p container-default --report /out/status.jsonl --"
	: >"$OUT/status.jsonl"
	chmod 666 "$OUT/status.jsonl"
	# shellcheck disable=SC2086 # words
	{
		expect_contained "status 0" 0 -- $bailiff /program exit 0
		expect_contained "status 7" 7 -- $bailiff /program exit 7
		expect_contained "status 128 + KILL" 137 -- $bailiff /program signal 9
		expect_contained "status 128 + SEGV, as a user" 139 user=1000:1000 -- \
			$bailiff /program signal 11
		expect_contained "status 126: no program" 126 -- $bailiff /out/contained.yaml
		expect_contained "status 127: not there" 127 -- $bailiff /nothing
	}
	expect_contained "status 125: no policy" 125 -- /bailiff run -p /nothing -- /program exit 0
	expect_contained "status 125: no report" 125 -- \
		/bailiff run -p container-default -r /nothing/there -- /program exit 0
	expect_contained "status 125: a user by name, and no /etc/passwd" 125 -- \
		/bailiff run -p container-default --user nobody -- /program exit 0
	# shellcheck disable=SC2086 # words
	expect_contained "status 125: a second supervisor" 125 -- $bailiff $bailiff /program exit 0
	expect_contained "a call that kills" 159 -- \
		/bailiff run -p /out/contained.yaml -r /out/killed.jsonl -- /program swapoff
	expect "a call that kills is reported" "" "$(contained killed "$OUT/killed.jsonl")"
}

# start_waiting NAME ARGV...: in the background, until its program is ready; end_waiting has its status
start_waiting() {
	waiting_id=$(new_id "$1")
	shift
	rm -f "$OUT/ready" "$TMPDIR/ended"
	{
		waiting_status=0
		# shellcheck disable=SC2086 # words
		contain "$waiting_id" ${waiting_options:-} -- "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" ||
			waiting_status=$?
		echo "$waiting_status" >"$TMPDIR/ended"
	} &
	within 20 [ -e "$OUT/ready" ]
}

# end_waiting SIGNAL: $ended is its status, or nothing if it had to be killed
end_waiting() {
	signal_container "$waiting_id" "$1" >"$TMPDIR/signal" 2>&1 ||
		echo "the runtime: $(cat "$TMPDIR/signal")"
	within "$STOP_SECONDS" [ -s "$TMPDIR/ended" ]
	ended=$(cat "$TMPDIR/ended" 2>/dev/null)
	[ -n "$ended" ] || signal_container "$waiting_id" KILL >/dev/null 2>&1
	wait
}

# expect_stopped NAME: SIGTERM reaches the program, which ends with 42, and all ends soon
expect_stopped() {
	end_waiting TERM
	expect "$1" 42 "$ended"
}

try_stop() {
	waiting_options="user=1000:1000 nocaps"
	start_waiting stop /bailiff run -p /out/contained.yaml -r /out/stop.jsonl -- /program wait /out/ready
	waiting_options=
	expect_stopped "TERM reaches a user's program without capabilities"
}

# try_store NAME USER OPTION...: the store lies in a directory of the host, which that user of the host
# has, and holds what the report tells
try_store() {
	store_name=$1
	store_user=$2
	shift 2
	install -d -m 700 -o "$store_user" -g "$store_user" "$OUT/store-$store_user"
	contain "$(new_id "$store_name")" "$@" -- /bailiff run -p "/out/$(policy_of "$store_user")" \
		--store "/out/store-$store_user/violations.db" --report "/out/stored-$store_user.jsonl" -- \
		/program calls >"$TMPDIR/calls" 2>"$TMPDIR/err" || fail "$store_name" "$(tail -n 1 "$TMPDIR/err")"
	"$BAILIFF" report --csv --sort id --from - <"$OUT/stored-$store_user.jsonl" >"$TMPDIR/told"
	# A store is that user's word, so root does not take it for its own.
	setpriv --reuid "$store_user" --clear-groups -- "$ROOTFS/bailiff" report --csv --sort id \
		--store "$OUT/store-$store_user/violations.db" >"$TMPDIR/stored" 2>>"$TMPDIR/err"
	expect "$store_name" "$(cat "$TMPDIR/told")" "$(cat "$TMPDIR/stored")"
	store_rows=$(grep -c '"/program"' "$TMPDIR/stored")
	[ "$store_rows" -ge 5 ] || fail "$store_name" \
		"$store_rows rows: $(head -n 2 "$TMPDIR/stored" | tr '\n' '|') $(cat "$TMPDIR/err")"
}

orphans_are() { [ "$(contained processes "$orphans_pid")" = "$1" ]; }

# 50 orphans: a PID 1 that knows nothing of them keeps them as zombies, bailiff reaps them.
try_orphans() {
	start_waiting orphans-left /program orphans 50 /out/ready
	orphans_pid=$(container_pid "$waiting_id")
	within 10 orphans_are "51 50"
	expect "orphans of another PID 1 stay zombies" "51 50" "$(contained processes "$orphans_pid")"
	end_waiting KILL
	start_waiting orphans /bailiff run -p /out/contained.yaml -r /out/orphans.jsonl -- \
		/program orphans 50 /out/ready
	orphans_pid=$(container_pid "$waiting_id")
	within 10 orphans_are "2 0"
	expect "orphans are reaped" "2 0" "$(contained processes "$orphans_pid")"
	expect_stopped "TERM reaches the program after them"
}

# What Landlock holds: files that are allowed one by one, programs, and where to connect to. A line each of
# what is asked, and of the answer.
write_questions() {
	mkdir -p "$OUT/open" "$OUT/secret" "$OUT/made"
	chmod 777 "$OUT/made" "$OUT/open" "$OUT/secret"
	echo x >"$OUT/open/f"
	echo x >"$OUT/secret/f"
	chmod 666 "$OUT/open/f" "$OUT/secret/f"
	install -m 755 "$BAILIFF_BUILD/live/operate" "$OUT/operate"
	install -m 755 "$BAILIFF_BUILD/live/operate" "$OUT/other"
	cat >"$OUT/confined.yaml" <<'POLICY'
version: 1
name: confined
files:
  default: deny
  allow:
    - {paths: [/out/operate, /out/questions, /out/open/**], access: [read, execute]}
    - {paths: [/out/made/**], access: [read, write, execute, create, delete, rename]}
exec: {default: deny, allow: [/out/operate]}
network:
  default: deny
  allow:
    - {connect: ["*:20002/tcp"]}
POLICY
	cat >"$OUT/questions" <<'QUESTIONS'
none
read /out/open/f
write /out/open/f
read /out/secret/f
list /
list /out/open
creat /out/open/new
creat /out/made/new
rename /out/made/new /out/open/new
unlink /out/made/new
exec /out/other
exec /bailiff
chmod /out/open/f
connecttcp 20002
connecttcp 20001
bindudp 20001
socket 16 3
kill 1
QUESTIONS
	confined_answers='0 0 13 13 13 0 13 0 13 0 13 13 1 0 13 1 1 1'
}

# try_landlock NAME UID [OPTION...]: the program under confined.yaml, which that user has
try_landlock() {
	landlock_name="Landlock, $1"
	landlock_policy=$(policy_of "$2" confined.yaml)
	shift 2
	rm -f "$OUT/made/new"
	contain "$(new_id "$landlock_name")" "$@" -- /bailiff run -p "/out/$landlock_policy" --store none \
		--report /out/landlock.jsonl -- /out/operate from /out/questions >"$TMPDIR/answers" 2>"$TMPDIR/err"
	landlock_status=$?
	# Without a network of its own nothing is there to connect to.
	landlock_got=$(sed 's/^101$/0/' "$TMPDIR/answers" | tr '\n' ' ')
	if [ "$landlock_status" = 0 ] && [ "$landlock_got" = "$confined_answers " ]; then
		pass "$landlock_name"
	else
		fail "$landlock_name" "status $landlock_status, answers $landlock_got: $(
			head -c 600 "$TMPDIR/err" | tr '\n' ' ')"
	fi
	rm -f "$OUT/landlock.jsonl"
}

landlock_everywhere() {
	try_landlock "as root" 0
	try_landlock "as a user" 1000 user=1000:1000
	try_landlock "as root under the runtime's profile" 0 seccomp=default
	try_landlock "with all that takes privileges" 1000 seccomp=default user=1000:1000 readonly nocaps \
		nonewprivs
	try_landlock "in a user namespace" 100000 userns
}

# What only a config.json can say.
try_bundles() {
	try_store "a store on the host, in a user namespace" 100000 userns
	try_look "in a user namespace" "$(policy_of 100000)" userns user=0:0 root=EACCES
	try_look "in a user namespace as a user" contained.yaml "userns user=1000:1000 nocaps" $none
	if [ "${RUNTIME%% *}" = runc ]; then
		skip "without /proc" "runc 1.1 itself needs /proc in the container"
		return
	fi
	try_look "without /proc" contained.yaml "noproc user=1000:1000" proc=no $none
	try_look "without /proc, with all the rest" contained.yaml \
		"noproc seccomp=default user=1000:1000 readonly nocaps nonewprivs" proc=no root=EROFS
}

# As an ordinary user of the host, who is root in a user namespace. Not in as_user's way: that takes
# the bounding set, and with it the container's capabilities.
try_rootless() {
	rootless=$HERE/rootless
	install -d -m 755 -o 65534 -g 65534 "$rootless"
	contain() {
		contain_id=$1
		shift
		mkdir -p "$rootless/$contain_id"
		python3 tests/common/bundle.py "$rootless/$contain_id/config.json" "$ROOTFS" \
			"mount=$OUT:/out" "profile=$HERE/default.json" userns=65534 nocgroup "$@" || return 125
		# shellcheck disable=SC2086 # words
		(cd "$rootless" && env XDG_RUNTIME_DIR="$rootless" HOME="$rootless" \
			setpriv --reuid 65534 --regid 65534 --clear-groups -- \
			$RUNTIME --root "$rootless/state" run --bundle "$contain_id" "$contain_id")
	}
	chown 65534:65534 "$rootless"
	if contain probe -- /program exit 0 >"$TMPDIR/out" 2>&1; then
		try_look "of an ordinary user" "$(policy_of 65534)" "" user=0:0
		try_look "of an ordinary user, with all the rest" "$(policy_of 65534)" \
			"seccomp=default readonly nocaps nonewprivs" user=0:0 root=EROFS $none
		try_landlock "of an ordinary user" 65534
	else
		skip "of an ordinary user" "${RUNTIME%% *} runs none here: $(tail -n 1 "$TMPDIR/out")"
	fi
}
