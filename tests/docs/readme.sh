#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What README.md tells one to type works.
#
# Commands are the lines of its ```sh blocks, and of its ```console blocks those that begin with "$ ".
# A leading "sudo " is dropped. Those that then begin with "bailiff " run, in a directory that holds a
# copy of examples/, an entrypoint.sh and a profile.json; each must end with status 0, except that a
# console block may show a program that fails. The lines below a "$ " must be among what it prints
# (numbers in brackets, which are process ids, may differ). Those that begin with "make " are not run
# here, for this test is part of `make test`: their targets must exist, with a description in `make help`.
# Any other command fails the test, but for the apt-get line. What stands in "For the whole host" changes
# the machine: tests/lab/docs.sh runs it, in a guest.
# Run at the top of the repository.
. tests/common/lib.sh

readme=$PWD/README.md
place=$TMPDIR/readme
rm -rf "$place"
mkdir -p "$place/bin"
cp -r examples "$place/examples"
chmod -R go-w "$place"
ln -s "$(realpath "$BAILIFF")" "$place/bin/bailiff"
printf '#!/bin/sh\necho entrypoint\n' >"$place/entrypoint.sh"
chmod 755 "$place/entrypoint.sh"
cat >"$place/profile.json" <<'END'
{"defaultAction": "SCMP_ACT_ERRNO",
 "syscalls": [{"names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW"}]}
END

blocks() { # blocks LANGUAGE: the lines of such blocks, but for those of the host
	awk -v fence="\`\`\`$1" '/^## / { host = /^## For the whole host/ }
		$0 == "```" { on = 0 } on && !host { print } $0 == fence { on = 1 }' "$readme"
}

run() { # run COMMAND: in the directory; what it prints goes to $TMPDIR/out
	# Longer than a program has: it would be a server, which README.md does not start.
	(cd "$place" && PATH=$place/bin:$PATH timeout 60 sh -c "$1") >"$TMPDIR/out" 2>&1 </dev/null
}

make -s help >"$TMPDIR/targets"
blocks sh >"$TMPDIR/commands"
number=0
while read -r line; do
	line=${line#sudo }
	number=$((number + 1))
	name="readme-$number-$(echo "$line" | cut -d ' ' -f 1-2 | tr ' ' '-')"
	case $line in
	'bailiff '*)
		status=0
		run "$line" || status=$?
		if [ "$status" = 0 ]; then
			pass "$name"
		else
			fail "$name" "status $status of: $line: $(head -n 2 "$TMPDIR/out" | tr '\n' ' ')"
		fi
		;;
	'make '*)
		if grep -q "^  $line  *[a-z]" "$TMPDIR/targets"; then
			pass "$name"
		else
			fail "$name" "make help has no such target"
		fi
		;;
	'apt-get install '*) ;;
	*) fail "$name" "neither bailiff nor make: $line" ;;
	esac
done <"$TMPDIR/commands"
[ "$number" -ge 8 ] || fail readme-commands "only $number were found"

# Sessions: what is printed there is what is printed.
numbers() { sed 's/\[[0-9/]*\]/[N]/g'; }
blocks console >"$TMPDIR/session"
number=0
command=
shown() { # the shown lines of the last command, all of them printed?
	[ -n "$command" ] || return 0
	run "$command" || true
	numbers <"$TMPDIR/out" >"$TMPDIR/printed"
	missing=$(grep -vxFf "$TMPDIR/printed" "$TMPDIR/expected" | head -n 1)
	if [ -z "$missing" ]; then
		pass "readme-session-$number"
	else
		fail "readme-session-$number" "not printed by '$command': $missing; but: $(
			head -n 3 "$TMPDIR/printed" | tr '\n' '|')"
	fi
}
while IFS= read -r line; do
	case $line in
	'$ '*)
		shown
		number=$((number + 1))
		command=${line#'$ '}
		: >"$TMPDIR/expected"
		;;
	*) printf '%s\n' "$line" | numbers >>"$TMPDIR/expected" ;;
	esac
done <"$TMPDIR/session"
shown
[ "$number" -ge 3 ] || fail readme-session "only $number commands"

# The policies, and the image.
awk -v stem="$place/policy" '$0 == "```" { on = 0 } on { print >(stem n ".yaml") } $0 == "```yaml" { on = 1; n++ }' "$readme"
for policy in "$place"/policy*.yaml; do
	expect_status "readme-$(basename "$policy" .yaml)" 0 "$BAILIFF" check "$policy"
done
[ -s "$place/policy2.yaml" ] || fail readme-policies "there are not two"
expect readme-dockerfile "$(sed -n '/^FROM scratch/,$p' examples/entrypoint/Dockerfile)" "$(blocks dockerfile)"

# Files that it links to are there; shipped policies that it names are those that there are.
for file in $(grep -oE '\]\([A-Za-z][^)#]*\)' "$readme" | tr -d '])(') \
	$(sed -n 's/^- `man \([^`]*\)`.*/\1/p' "$readme"); do
	if [ -e "$file" ]; then pass "readme-link-$file"; else fail "readme-link-$file" "not there"; fi
done
expect readme-shipped-policies "$(for f in policies/*.yaml; do basename "$f" .yaml; done | LC_ALL=C sort | tr '\n' ' ')" \
	"$(sed -n '/^### Shipped policies/,/^## /p' "$readme" | tr '\n' ' ' | sed 's/.*):  *//' |
		grep -oE '`[a-z-]+`' | tr -d '`' | LC_ALL=C sort | tr '\n' ' ')"
