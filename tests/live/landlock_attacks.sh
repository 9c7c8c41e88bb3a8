#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# What an unprivileged program tries against what Landlock and the filter hold of files, exec and network,
# each way both without a policy and under one, as root and as an ordinary user: stopped, or one of those
# that are known to be open. lab/landlock has the same on other kernels.
if [ "${1:-}" != within ]; then
	. "$(dirname "$0")/../common/lib.sh"
	trespass=$BAILIFF_BUILD/live/trespass
	[ -x "$trespass" ] || skip_all "make programs has not been run"
	as_user true
	mkdir -p "$TMPDIR/root" "$TMPDIR/user"
	for place in root user; do
		cp "$trespass" "$TMPDIR/$place/trespass"
		cp "$0" "$TMPDIR/$place/attacks.sh"
	done
	chmod -R a+rX "$TMPDIR"
	is_root && sh "$TMPDIR/root/attacks.sh" within "$TMPDIR/root" "$BAILIFF" "root, "
	# shellcheck disable=SC2016
	as_user sh -c 'exec sh "$0/attacks.sh" within "$0" "$BAILIFF" "user, "' "$TMPDIR/user"
	exit
fi

top=$2
bailiff=$3
who=$4
place=$top/place
mkdir -p "$place"
tab=$(printf '\t')

policy() { # policy SET
	printf 'version: 1\nname: %s\n' "$1"
	case $1 in
	files) cat <<YAML ;;
files:
  default: allow
  deny:
    - {paths: [$place/secret/**], access: [read, write, execute, create, delete, rename, mknod]}
    - {paths: [$place/ro/**], access: [write]}
YAML
	programs) cat <<YAML ;;
exec:
  default: deny
  allow: [$top/trespass]
YAML
	ports) cat <<YAML ;;
network:
  default: deny
  allow:
    - {connect: ["*:20002/tcp"]}
YAML
	marks) printf 'files:\n  default: allow\n  deny:\n    - {paths: [/**], access: [chmod, chown, xattr, link]}\n' ;;
	memory) printf 'exec: {default: allow, deny: [anonymous-memory]}\n' ;;
	writable) printf 'exec: {default: allow, deny: [writable-then-executable]}\n' ;;
	people) printf 'exec: {default: deny, allow: [%s/trespass]}\n' "$top" ;;
	esac
}

for set in files programs ports marks memory writable people; do
	policy $set >"$top/$set.yaml"
	"$top/trespass" "$place" list $set >"$top/$set.list"
	"$top/trespass" "$place" prepare $set
	"$top/trespass" "$place" alone $set 9<"$place/secret/file" >"$top/$set.alone"
	"$top/trespass" "$place" prepare $set
	if ! "$bailiff" run -p "$top/$set.yaml" --store none --report "$top/$set.report" -- \
		"$top/trespass" "$place" held $set 9<"$place/secret/file" >"$top/$set.held" 2>"$top/$set.err"; then
		if grep -q 'Landlock ABI\|no Landlock' "$top/$set.err"; then
			echo "SKIP $who$set: this kernel's Landlock can't hold it"
		else
			echo "FAIL $who$set: $(head -n 3 "$top/$set.err" | tr '\n' ' ')"
		fi
		continue
	fi
	awk -F "$tab" -v set="$who$set: " '
		FILENAME ~ /list$/ {want[$1] = $2; order[++n] = $1}
		FILENAME ~ /alone$/ {alone[$1] = $2}
		FILENAME ~ /held$/ {held[$1] = $2}
		END {
			for (i = 1; i <= n; i++) {
				name = order[i]
				open = substr(want[name], 1, 4) == "open"
				label = set name
				sub(/: /, ", ", label)
				gsub(/:/, "", label)
				if (held[name] == "")
					print "FAIL " label ": it was not tried"
				else if (alone[name] != "done" && held[name] == "done")
					print "FAIL " label ": done under the policy, and without it " alone[name]
				else if (alone[name] != "done")
					none = none (none ? ", " : "") name
				else if (open && held[name] != "done")
					print "FAIL " label ": stopped (" held[name] "), but it is listed as open: " want[name]
				else if (open)
					print "PASS " label ", not covered"
				else if (held[name] == "done")
					print "FAIL " label ": not stopped"
				else
					print "PASS " label
			}
			if (none)
				print "NOTE " set "not possible here without a policy either: " none
		}' "$top/$set.list" "$top/$set.alone" "$top/$set.held"
done
