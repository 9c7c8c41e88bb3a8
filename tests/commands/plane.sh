#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `check --plane` says by line what `run`, on this kernel or another, or `load` can't hold, and ends with 3
# then. Run at the top of the repository.
. tests/common/lib.sh

w=$TMPDIR/plane
mkdir -p "$w/tree/open" "$w/tree/shut"
policy() { # policy NAME: from standard input, below the head
	{ printf 'version: 1\nname: t\n' && cat; } >"$w/$1.yaml"
	chmod go-w "$w/$1.yaml"
}
checked() { # checked NAME STATUS POLICY OPTIONS...
	name=$1 status=$2 file=$w/$3.yaml
	shift 3
	expect_status "plane-$name" "$status" "$BAILIFF" check "$@" "$file"
	cat "$TMPDIR/out" >>"$TMPDIR/err"
}
says() { # says NAME TEXT: of the last check
	if grep -qF -- "$2" "$TMPDIR/err"; then
		pass "plane-$1"
	else
		fail "plane-$1" "no '$2' in: $(tr '\n' '|' <"$TMPDIR/err" | head -c 600)"
	fi
}

policy read <<'END'
files:
  default: allow
  deny: [{paths: [/root/**], access: [read, execute]}]
END
checked read 0 read --plane run --abi 2
says read-holds "read.yaml: \`run\` with Landlock ABI 2 holds all of it"
checked read-abi-1 3 read --plane run --abi 1
says read-abi-1-says "moving files between directories takes Landlock ABI 2 (Linux 5.19)"
checked read-none 3 read --plane run --abi 0
says read-none-says "read.yaml:5:10: error: files: "
says read-none-sums "read.yaml: \`run\` without Landlock can't hold all of it: 1 error"

policy write <<'END'
files:
  default: allow
  deny: [{paths: [/root/**], access: [write]}]
END
checked write 0 write --plane run --abi 2

policy ports <<'END'
network: {default: allow, deny: [{bind: ["*:80/tcp"]}]}
END
checked ports-abi-3 3 ports --plane run --abi 3
says ports-abi-3-says "ports.yaml:3:34: error: network: ports of tcp take Landlock ABI 4"
checked ports-abi-4 0 ports --plane run --abi 4

policy audit <<'END'
mode: audit
files:
  default: allow
  deny: [{paths: [/root/**], access: [read, execute]}]
capabilities: {default: deny}
END
checked audit 3 audit --plane run --abi 10
says audit-files "audit.yaml:6:10: error: files: in audit mode"
says audit-capabilities "audit.yaml:7:25: error: capabilities: a capability that is dropped can't be audited"

# For another kernel nothing is asked of this one; for this one it is as --abi says.
own=$("$BAILIFF" probe --json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["run"]["abi"])')
policy part <<END
files:
  default: deny
  allow: [{paths: ["$w/tree/**"], access: [read, execute]}, {paths: [/**], access: [chmod, chown, xattr, link]}]
  deny: [{paths: ["$w/tree/shut/**"], access: [read, execute]}]
END
if [ "$own" -ge 1 ]; then
	checked own-kernel 0 part --plane run
	says own-kernel-abi "part.yaml: \`run\` with Landlock ABI $own holds all of it"
	says part "part.yaml: note: of $w/tree the entries that are there at the start are granted one by one"

	# Where a link leads is shown.
	ln -s tree "$w/link"
	printf 'files: {default: allow, deny: [{paths: ["%s/link/shut/**"], access: [write]}]}\n' "$w" | policy link
	checked link 0 link --plane run
	says link-shown "link.yaml:3:32: note: $w/link/shut/** is $w/tree/shut/** here"

	# Of very many directories, some.
	for i in $(seq 30); do mkdir -p "$w/many/$i"; done
	policy many <<END
files:
  default: deny
  allow: [{paths: ["$w/many/**"], access: [read, execute]}, {paths: [/**], access: [chmod, chown, xattr, link]}]
  deny: [{paths: ["$w/many/*/shut"], access: [read, execute]}]
END
	checked many 0 many --plane run
	says many-sums "many.yaml: note: 15 more directories are such"
	expect plane-many-notes 16 "$(grep -c 'are granted one by one' "$TMPDIR/err")"

	# What a user may not list is reached by name, if there is one.
	as_user true
	mkdir -p "$TMPDIR/user"
	hidden=$TMPDIR/user/hidden
	as_user mkdir -p "$hidden/named" "$hidden/other"
	as_user sh -c 'echo read >"$0/named/file"; cp "$0/named/file" "$0/other/file"; chmod 711 "$0"' "$hidden"
	is_root && chown 0 "$hidden"
	is_root || chmod 311 "$hidden"
	policy hidden <<END
files:
  default: allow
  deny: [{paths: ["$hidden/shut/**"], access: [read, execute]}]
  allow: [{paths: ["$hidden/named/**"], access: [read, execute]}]
END
	as_user cp "$w/hidden.yaml" "$TMPDIR/user/hidden.yaml"
	# shellcheck disable=SC2016
	as_user sh -c '"$BAILIFF" check --plane run "$0/hidden.yaml"' "$TMPDIR/user" >"$TMPDIR/err" 2>&1
	says unlisted "note: $hidden may not be listed by this user"
	# shellcheck disable=SC2016
	expect_status plane-unlisted-named 0 as_user sh -c \
		'exec "$BAILIFF" run -p "$0/hidden.yaml" --store none -- cat "$0/hidden/named/file"' "$TMPDIR/user"
	# shellcheck disable=SC2016
	expect_status plane-unlisted-other 1 as_user sh -c \
		'exec "$BAILIFF" run -p "$0/hidden.yaml" --store none -- cat "$0/hidden/other/file"' "$TMPDIR/user"
else
	skip plane-own-kernel "this kernel has no Landlock"
fi

# What any kernel lacks is noted without --plane.
policy never <<'END'
network: {default: allow, deny: [{connect: ["10.0.0.0/8:*/tcp"]}]}
END
checked never 3 never --plane run --abi 99
says never-says "Landlock knows ports and no addresses"
checked without 0 never
says without-notes "never.yaml: note: not all of it can be held by \`run\`: \`bailiff check --plane run\`"
checked without-any 0 ports
grep -q "not all of it" "$TMPDIR/err" && fail plane-without-any-notes "$(cat "$TMPDIR/err")"

# `load`: what the policy lacks is told on a kernel without hooks, too.
checked load 3 ports --plane load
says load-scope "ports.yaml: error: policy 't' has no scope"
policy trap <<'END'
scope: {host: true}
files: {default: allow, deny: [{paths: [/root/**], action: trap}]}
END
checked load-trap 3 trap --plane load
says load-trap-says "trap.yaml:4:32: error: "

usage() { # usage NAME TEXT WORD...
	name=$1 text=$2
	shift 2
	expect_status "plane-usage-$name" 2 "$BAILIFF" check "$@" "$w/read.yaml"
	grep -qF -- "$text" "$TMPDIR/err" || fail "plane-usage-$name-says" "$(cat "$TMPDIR/err")"
}
usage plane "--plane is run or load, not host" --plane host
usage abi "from 1 on, or 0 for none, and not x" --plane run --abi x
usage abi-negative "and not -1" --plane run --abi=-1
usage abi-alone "--abi goes with --plane run" --abi 3
usage abi-load "--abi goes with --plane run" --plane load --abi 3

# A kernel without has none, and not ABI 0.
checked none-ports 3 ports --plane run --abi 0
says none-ports-says "ports of tcp take Landlock ABI 4 (Linux 6.7), and this kernel has none"
if grep -q "none.*0$" "$TMPDIR/err"; then fail plane-none-ports-zero "$(cat "$TMPDIR/err")"; fi
policy names <<'END'
network: {default: allow, deny: [{connect: ["unix:@**"]}]}
END
checked none-names 3 names --plane run --abi 0
says none-names-says "Landlock ABI 6 (Linux 6.12), and this kernel has none; allow"
if grep -qF "ABI 0" "$TMPDIR/err"; then fail plane-none-names-zero "$(cat "$TMPDIR/err")"; fi
