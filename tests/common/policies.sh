# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# The words of tests/live/policy-*.sh, which run a real program under a shipped policy. Source it
# after lib.sh. The scripts stay in a directory that every user can enter, with a copy of policies/,
# so that reports name policies/NAME.yaml:LINE whoever runs.

work=$TMPDIR/policies-work
export BAILIFF_STORE=none # not every user who runs here could write there: tests/live/store_run.sh is about it
pids=
# What io_uring_setup gets where files have rules. Before Linux 6.2 a second filter, which tells nobody, keeps
# files from being truncated, and its answer comes first.
case $(uname -r) in
5.* | 6.0[!0-9]* | 6.1[!0-9]*) uring=ENOSYS ;;
*) uring=EPERM ;;
esac

enter_work() {
	install -d -m 755 "$work" "$work/bin"
	cp -r policies "$work/"
	install -m 755 "$BAILIFF" "$work/bin/bailiff"
	install -m 755 "$BAILIFF_STATIC" "$work/bin/bailiff-static"
	chmod -R a+rX "$work"
	BAILIFF=$work/bin/bailiff
	BAILIFF_STATIC=$work/bin/bailiff-static
	repository=$PWD
	cd "$work" || exit 1
	trap leave_work EXIT
	trap 'exit 1' INT TERM
}

# here NAME READ WRITE [LINE...]: policies/NAME-here.yaml, as somebody makes it whose files lie elsewhere: the
# shipped policy, with rules for directories of his own (path patterns, with commas), and these lines.
here() {
	here_name=$1
	cat >"$work/policies/$1-here.yaml" <<-END
		version: 1
		name: $1-here
		architectures: [x86_64]
		include: [$1]
		files:
		  default: deny
		  allow:
		    - {paths: [$2], access: [read, execute]}
		    - {paths: [$3], access: [read, execute, write, create, delete, rename]}
	END
	shift 3
	for here_line; do
		printf '%s\n' "$here_line" >>"$work/policies/$here_name-here.yaml"
	done
}

# kill_tree PID: it and what it started
kill_tree() {
	for kill_child in $(pgrep -P "$1"); do
		kill_tree "$kill_child"
	done
	kill -KILL "$1" 2>/dev/null
}

gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# ended PID: waits for it, and returns its status; after 20 seconds it is killed
ended() {
	wait_for 20 gone "$1" || kill_tree "$1"
	wait "$1"
}

leave_work() {
	for leave_pid in $pids; do
		kill -TERM "$leave_pid" 2>/dev/null
	done
	for leave_pid in $pids; do
		wait_for 5 gone "$leave_pid" || kill_tree "$leave_pid"
	done
	cd / && rm -rf "$work"
}

# own_dir PATH USER: a directory that USER writes to
own_dir() {
	mkdir -p "$1"
	if is_root; then chown "$2:" "$1"; fi
}

# as NAME COMMAND...: as that user; an ordinary user stays itself
as() { (become "$@"); }

# become NAME COMMAND...: the same, and this shell is gone
become() {
	as_name=$1
	shift
	if is_root && [ "$as_name" != root ]; then
		exec setpriv --reuid "$as_name" --regid "$(id -g "$as_name")" --clear-groups --bounding-set -all \
			--inh-caps -all -- "$@"
	else
		exec "$@"
	fi
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	wait_until=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$wait_until" ] || return 1
		sleep 0.1
	done
}

# violations REPORT: one line each: CALL TIMES VERDICT ERRNO @ policies/NAME.yaml: the text of the rule's line;
# of what Landlock denied, which not every machine tells (then the report says so), only LANDLOCK OPERATION OBJECT
violations() {
	/usr/bin/python3 - "$1" <<-'END'
		import collections, json, re, sys
		found = collections.Counter()
		for line in open(sys.argv[1], encoding="utf-8"):
		    v = json.loads(line)
		    if "lost" in v:
		        found[f"LOST {v['lost']}"] += 1
		        continue
		    if v.get("error", "").startswith("denials of files are not reported here: "):
		        continue
		    if v["plane"] == "landlock":
		        found[f"LANDLOCK {v['operation']} {v['object']}"] += v["count"]
		        continue
		    path, _, at = v["rule"].rpartition(":")
		    path = "policies/" + path.rpartition("/")[2]
		    text = open(path, encoding="utf-8").read().split("\n")[int(at) - 1].strip()
		    found[f"{v['syscall']['name']} {v['verdict']} {v['errno']} @ {path}: {text}"] += v["count"]
		for what, count in sorted(found.items()):
		    name, rest = what.split(" ", 1)
		    print(f"{name} {count} {rest}")
	END
}

# expect_quiet NAME REPORT: there is a report, and no violation in it
expect_quiet() {
	if [ ! -e "$2" ]; then
		fail "$1" "no report was written"
		return
	fi
	expect_found=$(violations "$2" 2>&1)
	if [ -n "$expect_found" ]; then
		fail "$1" "$(echo "$expect_found" | head -n 20 | tr '\n' ';')"
	else
		pass "$1"
	fi
}

# expect_violations NAME REPORT < WANTED: exactly these, and whatever Landlock denied
expect_violations() {
	expect_wanted=$(LC_ALL=C sort)
	if [ $uring = ENOSYS ]; then
		expect_wanted=$(printf '%s\n' "$expect_wanted" | grep -v '^io_uring_setup ')
	fi
	expect_found=$(violations "$2" 2>&1 | grep -v '^LANDLOCK ' | LC_ALL=C sort)
	if [ "$expect_wanted" = "$expect_found" ]; then
		pass "$1"
	else
		fail "$1" "the report differs"
		printf '%s\n' "$expect_wanted" >"$work/wanted"
		printf '%s\n' "$expect_found" | diff -u "$work/wanted" -
	fi
}
