#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bailiff with too little of everything, and stopped: memory, descriptors, processes, room in a file, a disk that
# is full or can't be written, and outputs that are closed. What was started is confined or was not started,
# bailiff says what it could not do, and what was there before is still there.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null # for as_user
witness=$TMPDIR/witness
cp "$BAILIFF_BUILD/faults/witness" "$witness"
mkdir secret
echo x >secret/file
printf 'version: 1\nname: web\nsyscalls: {default: allow, deny: [{calls: [mkdir], action: errno EACCES}]}\n' >web.yaml
cat >files.yaml <<YAML
version: 1
name: files
files: {default: deny, allow: [{paths: [/usr/**, $witness], access: [read, execute]}]}
syscalls: {default: allow, deny: [{calls: [mkdir], action: errno EACCES}]}
YAML
policies=web
"$BAILIFF" run -p files.yaml --store none "$witness" mkdir read="$TMPDIR/secret/file" >out 2>err
[ "$(cat out)" != confined ] || policies='web files'
expect free "UNCONFINED mkdir read=$TMPDIR/secret/file mkdir read=$TMPDIR/secret/file" \
	"$("$witness" mkdir read="$TMPDIR/secret/file")"

# limited NAME OPTION VALUES COMMAND...: bailiff under a limit of prlimit, at each value.
limited() {
	name=$1 option=$2 values=$3
	shift 3
	wrong='' started=0 refused=0
	for value in $values; do
		for policy in $policies; do
			tries=mkdir
			[ $policy = web ] || tries="mkdir read=$TMPDIR/secret/file"
			status=0
			# shellcheck disable=SC2086
			"$@" prlimit "--$option=$value:$value" "$BAILIFF_STATIC" run -p "$TMPDIR/$policy.yaml" --store none \
				"$witness" $tries >out 2>err </dev/null || status=$?
			case "$(cat out),$status" in
			confined,7) started=$((started + 1)) ;;
			,12[567])
				refused=$((refused + 1))
				grep -q 'error: [^ ]* [^ ]' err || wrong="$wrong $policy at $value says only '$(head -c 200 err)'."
				;;
			,139 | ,134 | ,127 | ,137)
				# The C library could not begin, or the kernel could not make the program.
				refused=$((refused + 1))
				;;
			*) wrong="$wrong $policy at $value: '$(cat out)', status $status, '$(head -c 200 err)'." ;;
			esac
		done
	done
	if [ "$wrong" ]; then
		fail "$name" "$wrong"
	elif [ $started = 0 ] || [ $refused = 0 ]; then
		fail "$name" "$started started, $refused refused: the limits are of no account"
	else
		pass "$name"
	fi
}
limited memory as "$(seq 500000 250000 8000000) $(seq 9000000 3000000 60000000)"
limited descriptors nofile "$(seq 1 24)"
if is_root; then
	# Only of ordinary users.
	install -d -m 755 -o 65534 -g 65534 other
	limited processes nproc "0 1 2 3 500" setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps -all
else
	skip processes "not root"
fi

# A file that may not grow: the report says so, and the store; the program goes on. (Bailiff's own words go
# to a pipe, which is not limited.)
for bytes in 0 100 4096 40000; do
	said=$(prlimit --fsize=$bytes:$bytes "$BAILIFF_STATIC" run -p web.yaml --report "report.$bytes" \
		--store "$TMPDIR/store.$bytes" "$witness" mkdir 2>&1 | cat)
	case $said in
	*UNCONFINED*) fail "file-size-$bytes" "$said" ;;
	confined* | *"not stored"*confined* | "bailiff: error: "*store.$bytes*) pass "file-size-$bytes" ;;
	*) fail "file-size-$bytes" "$said" ;;
	esac
done

# A supervisor that is stopped: who does what is denied waits, and does not get through; who does not, goes on.
"$BAILIFF" run -p web.yaml --store none sh -c 'kill -STOP $PPID; echo goes on >stopped; exec "$0" mkdir' "$witness" >out 2>err &
run=$!
i=0
until [ -s stopped ] || [ $((i += 1)) -gt 100 ]; do sleep 0.1; done
expect stopped-goes-on 'goes on' "$(cat stopped)"
sleep 0.5
expect stopped-waits '' "$(cat out)"
kill -CONT $run
status=0
wait $run || status=$?
expect stopped-then-denied 'confined 7' "$(cat out) $status"
rm stopped
"$BAILIFF" run -p web.yaml --store none sh -c 'kill -STOP $PPID; echo goes on >stopped; exec "$0" mkdir >>out.killed' "$witness" >out 2>err &
run=$!
i=0
until [ -s stopped ] || [ $((i += 1)) -gt 100 ]; do sleep 0.1; done
kill -KILL $run
wait $run 2>/dev/null
i=0
until [ -s out.killed ] || [ $((i += 1)) -gt 100 ]; do sleep 0.1; done
expect stopped-then-killed confined "$(cat out.killed)"

# Outputs that are closed, or full: told by the status, and by what can still be written to.
unwritable() { # unwritable NAME COMMAND...
	name=$1
	shift
	for where in '>/dev/full' '>&-'; do
		status=0
		timeout 20 sh -c "\"\$@\" $where" sh "$@" 2>err || status=$?
		if [ $status -ge 1 ] && [ $status -le 5 ] && [ -s err ]; then
			pass "$name $where"
		else
			fail "$name $where" "status $status, '$(head -c 300 err)'"
		fi
	done
	# A reader that goes: no core, nothing that goes on.
	status=0
	{ timeout 20 "$@" 2>err || echo $? >status; } | true
	case $(cat status 2>/dev/null) in
	'' | [1-5] | 141) pass "$name, its reader gone" ;;
	*) fail "$name, its reader gone" "status $(cat status)" ;;
	esac
	rm -f status
}
unwritable check "$BAILIFF" check web.yaml
unwritable compile "$BAILIFF" compile web.yaml
unwritable explain "$BAILIFF" explain web.yaml mkdir
unwritable probe "$BAILIFF" probe
unwritable help "$BAILIFF" run --help

if ! is_root; then
	skip disks "not root"
	exit 0
fi

# on_disk NAME OPTIONS: a file system of its own, at ./disk, which nobody else sees.
on_disk() {
	name=$1
	shift
	expect_status "$name" 0 unshare -m sh -c 'mkdir -p disk && mount -t tmpfs -o "$0" none disk && "$@"' "$@"
	cat out
}
cat >full.sh <<'SH'
set -e
"$BAILIFF" compile web.yaml -o disk/policy
"$BAILIFF" compile web.yaml --format oci -o disk/profile
"$BAILIFF" import disk/profile --name web -o disk/imported
cp disk/policy before
cp disk/profile profile
cp disk/imported imported
fail() { echo "$*" >&2; exit 1; }
dd if=/dev/zero of=disk/filler bs=1k count=100 2>/dev/null || true
if "$BAILIFF" compile files.yaml -o disk/policy 2>said; then fail "it could be written"; fi
grep -q 'error: .*disk/policy.*No space left' said || fail "it says: $(cat said)"
if "$BAILIFF" compile "$big" --format oci -o disk/profile 2>said; then fail "the profile could be written"; fi
grep -q 'error: .*disk/profile.*No space left' said || fail "it says: $(cat said)"
if "$BAILIFF" import disk/profile -o disk/imported 2>said; then fail "the import could be written"; fi
grep -q 'error: .*disk/imported.*No space left' said || fail "it says: $(cat said)"
cmp disk/imported imported || fail "the policy that was imported before is gone"
cmp disk/profile profile || fail "the profile of before is gone"
cmp disk/policy before || fail "the compiled policy of before is gone"
[ "$(ls disk | tr '\n' ' ')" = "filler imported policy profile " ] || fail "left: $(ls disk)"
status=0
"$BAILIFF" run -p disk/policy --store "$PWD/disk/store" --report disk/report "$PWD/witness" mkdir >ran 2>said || status=$?
case "$(cat ran),$status" in
confined,7 | ,125) ;;
*) fail "'$(cat ran)', status $status" ;;
esac
[ -s said ] || fail "it does not say that nothing could be written"
SH
cat >readonly.sh <<'SH'
set -e
fail() { echo "$*" >&2; exit 1; }
"$BAILIFF" compile web.yaml -o disk/policy
chmod 755 disk
mount -o remount,ro disk
if "$BAILIFF" compile files.yaml -o disk/policy 2>said; then fail "it could be written"; fi
grep -q 'error: .*disk/policy.*Read-only' said || fail "it says: $(cat said)"
for options in "--store $PWD/disk/store" "--store none --report disk/report"; do
	status=0
	"$BAILIFF" run -p disk/policy $options "$PWD/witness" mkdir >ran 2>said || status=$?
	[ "$(cat ran),$status" = ,125 ] || fail "$options: '$(cat ran)', status $status: $(cat said)"
	grep -q 'error: .*disk/.*' said || fail "$options: it says $(cat said)"
done
# The default store is not worth a program.
status=0
BAILIFF_STORE=$PWD/disk/store "$BAILIFF" run -p disk/policy "$PWD/witness" mkdir >ran 2>said || status=$?
[ "$(cat ran),$status" = confined,7 ] || fail "'$(cat ran)', status $status: $(cat said)"
grep -q 'not stored: .*disk/store' said || fail "it says: $(cat said)"
SH
big=$OLDPWD/policies/container-default.yaml
export big
on_disk disk-full size=24k sh full.sh
on_disk disk-read-only size=1m sh readonly.sh
