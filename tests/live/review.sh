#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 60
# One container, many readers: its entrypoint violates a policy known numbers of times, in several kinds
# and by a program with a hostile name, and all that tells of it has the same counts, by the same rules,
# of the same container: `report` from the store in each of its forms, its page, `watch`, the JSON lines, what
# `store import` made of them, the metrics while it runs, syslog and the journal. See review.py.
. "$(dirname "$0")/../common/containers.sh"

containers_prepare runc
for program in "$BAILIFF" "$BAILIFF_BUILD/live/probe"; do
	install -m 755 "$program" "$ROOTFS/"
done
install -m 755 "$BAILIFF_BUILD/live/probe" "$ROOTFS/$(printf 'odd\033[31m\n<b>"')"
# The static binary has no metrics: the other one has the host's libraries, and the entrypoint its shell.
mkdir "$ROOTFS/usr"
for directory in bin lib lib64; do
	ln -s "usr/$directory" "$ROOTFS/$directory"
done
oci_runtime runc
contain probe mount=/usr:/usr -- /program exit 7 >"$TMPDIR/out" 2>&1
[ $? = 7 ] || skip_all "runc runs no container here: $(tail -n 1 "$TMPDIR/out")"

cat >"$OUT/reviewed.yaml" <<'POLICY'
version: 1
name: reviewed
syscalls:
  default: allow
  deny:
    - {calls: [mkdir], action: errno EACCES, why: '=no "directories", <b>'}
    - {calls: [socket], action: errno EACCES}
    - {calls: [acct], action: kill}
  audit: [sched_yield]
POLICY
cat >"$OUT/entrypoint" <<'ENTRYPOINT'
export PATH=/usr/bin
/probe flood 2 400 # mkdir
sleep 1.2 # another commit of the store
/probe flood 2 100
/probe kinds 30 # socket
/odd*b* flood 1 7
/probe call 24
/probe call 24
# An orphan, for bailiff sees the end of its own children.
(sh -c 'sleep 0.1; exec /probe call 163 0' &)
until [ -e /out/done ]; do sleep 0.05; done
ENTRYPOINT
# As violations, by operation, verdict and line. Of what is killed the call and the program are known no more.
cat >"$TMPDIR/wanted" <<'WANTED'
mkdir denied 6 /probe 1000
mkdir denied 6 odd 7
socket denied 7 /probe 30
sched_yield audited 9 /probe 2
- killed - - 1
WANTED

review() { python3 tests/live/review.py "$TMPDIR/wanted" "$@"; }

# reviewed ID [OPTION...]: a container with a store of its own, waiting at the end for /out/done
reviewed() {
	reviewed_id=$1
	shift
	rm -f "$OUT/done"
	install -d -m 700 "$OUT/store-$reviewed_id"
	contain "$reviewed_id" mount=/usr:/usr -- \
		/bailiff run -p /out/reviewed.yaml --store "/out/store-$reviewed_id/violations.db" "$@" -- \
		/bin/sh /out/entrypoint >"$TMPDIR/printed-$reviewed_id" 2>&1
	[ $? = 0 ] || fail "the container ends well" "$(tail -n 3 "$TMPDIR/printed-$reviewed_id")"
}

# One number a line: what the calls returned that were denied, or none that was.
printed() { expect "what $1's program saw" "0 0 0 0 0 0 " "$(head -c 200 "$TMPDIR/printed-$2" | tr '\n' ' ')"; }

file=$(new_id file)
store=$OUT/store-$file/violations.db
"$BAILIFF" watch --json --store "$store" >"$TMPDIR/watched" 2>"$TMPDIR/watching" &
watching=$!
reviewed "$file" --report /out/report.jsonl --metrics unix:/out/metrics &
review metrics "$OUT/metrics" # told of it while the program runs
touch "$OUT/done"
wait $!
source=/out/reviewed.yaml
review lines "$TMPDIR/watched" "$file" "$source" watched
kill -INT $watching
wait $watching
expect "the status of watch" 0 $?
review lines "$OUT/report.jsonl" "$file" "$source"
report() { "$BAILIFF" report "$@" || fail "report $*" "status $?"; }
for from in "--store $store" "--from $OUT/report.jsonl"; do
	# shellcheck disable=SC2086 # words
	{
		report $from --json >"$TMPDIR/kinds.json"
		report $from --csv >"$TMPDIR/kinds.csv"
		report $from --html "$TMPDIR/page.html"
		report $from --width 0 >"$TMPDIR/table"
		report $from --by operation,verdict,rule,container,exe --json >"$TMPDIR/groups.json"
	}
	for form in kinds.json kinds.csv page.html table groups.json; do
		review "$form" "$TMPDIR/$form" "$file" "$source" "${from%% *}"
	done
done
expect_status "take the lines in" 0 "$BAILIFF" store import --store "$TMPDIR/imported/s.db" "$OUT/report.jsonl"
report --store "$TMPDIR/imported/s.db" --json >"$TMPDIR/kinds.json"
review kinds.json "$TMPDIR/kinds.json" "$file" "$source" imported
expect_status "violations under --check" 1 "$BAILIFF" report --check --store "$store"
printed file "$file"

# logged NAME SOCKET TARGET: by a log's own protocol, and in the store as well
logged() {
	logged_id=$(new_id "$1")
	python3 tests/live/review.py receive "$2" "$TMPDIR/$1" &
	logged_receiver=$!
	within 5 [ -S "$2" ]
	{ sleep 4; touch "$OUT/done"; } & # what repeats is told within a second
	reviewed "$logged_id" --report "$3"
	review "$1" "$TMPDIR/$1" "$logged_id" "$source"
	kill $logged_receiver
	report --store "$OUT/store-$logged_id/violations.db" --json >"$TMPDIR/kinds.json"
	review kinds.json "$TMPDIR/kinds.json" "$logged_id" "$source" "$1"
}

logged syslog "$OUT/log" syslog:/out/log
logged journal "$OUT/journal" journal:/out/journal
