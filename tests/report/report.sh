#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bailiff report: what is asked for, where from, statuses, and what goes wrong.
. "$(dirname "$0")/../common/lib.sh"

store=$TMPDIR/store.db
jsonl=$TMPDIR/all.jsonl
report() { "$BAILIFF" report --store "$store" --utc "$@"; }
# error NAME STATUS TEXT COMMAND...: it ends so, and says this on standard error
error() {
	error_name=$1 error_status=$2 error_text=$3
	shift 3
	error_got=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || error_got=$?
	if [ "$error_got" != "$error_status" ]; then
		fail "$error_name" "status $error_got, not $error_status: $(head -n 2 "$TMPDIR/err")"
	elif ! grep -qF -- "$error_text" "$TMPDIR/err"; then
		fail "$error_name" "it does not say '$error_text': $(head -n 2 "$TMPDIR/err")"
	else
		pass "$error_name"
	fi
}
# ids WORDS...: of the kinds that are told, in their order
ids() { report --json "$@" | python3 -c 'import json, sys
print(*[kind["id"] for kind in json.load(sys.stdin)["kinds"]])'; }

cat >"$TMPDIR/web.yaml" <<'END'
version: 1
name: web
syscalls:
  default: allow
  deny:
    - ioctl: {cmd: [TIOCSTI, TIOCLINUX]}
END
python3 - "$jsonl" "$TMPDIR/web.yaml" <<'END'
import json, sys
out = open(sys.argv[1], "w")
def put(time, policy, verdict, operation, object, count, **more):
    out.write(json.dumps(dict({"time": f"2026-11-2{time}:00.000000000Z", "policy": policy,
        "verdict": verdict, "class": "files", "plane": "lsm", "operation": operation, "object": object,
        "process": {"pid": 7, "exe": "/bin/" + policy}, "count": count}, **more)) + "\n")
put("0T07:00", "web", "denied", "read", "/etc/shadow", 5, rule="web.yaml:3")
put("0T12:30", "db", "killed", "ptrace", None, 1)
put("2T07:00", "web", "audited", "write", "/tmp/x", 100)
put("2T07:10", "web", "denied", "ioctl", None, 2, rule=sys.argv[2] + ":6", plane="seccomp",
    **{"class": "syscalls", "syscall": {"name": "ioctl", "number": 16, "arch": "x86_64",
       "args": {"fd": 0, "cmd": "TIOCSTI", "arg": "0x7ffd1000"}}})
put("2T07:20", "db", "would-deny", "read", "/srv/x", 7)
out.write('{"lost":{"kind":"ring-full","count":3}}\n')
END
"$BAILIFF_BUILD/make-store" "$store" <"$jsonl" || fail make-store "status $?"

# What is chosen, and in which order.
expect worst-first "2 1 4 5 3" "$(ids)"
expect sort-worst "2 1 4 5 3" "$(ids --sort worst)"
expect sort-most "3 5 1 4 2" "$(ids --sort most)"
expect sort-newest "5 4 3 2 1" "$(ids --sort newest)"
expect sort-oldest "1 2 3 4 5" "$(ids --sort oldest)"
expect sort-id "1 2 3 4 5" "$(ids --sort id)"
expect limit "2 1" "$(ids --limit 2)"
expect limit-0 "2 1 4 5 3" "$(ids --limit 0)"
expect policy "1 4 3" "$(ids -p web)"
expect policy-none "" "$(ids --policy none)"
expect since "4 5 3" "$(ids --since 2026-11-22T07:00Z)"
expect until "2 1" "$(ids --until 2026-11-22T07:00Z)"
expect since-until "2" "$(ids --since 2026-11-20T12:00Z --until 2026-11-21T00:00Z)"
expect since-at "5" "$(ids --since @1795332000)"
expect by "db 2,web 3" "$(report --by policy --json | python3 -c 'import json, sys
print(*sorted("%s %d" % (k["policy"], k["kinds"]) for k in json.load(sys.stdin)["kinds"]), sep=",")')"
expect by-two "4" "$(report --by policy,verdict --csv | tail -n +2 | grep -c .)"
expect json-sum "115 3" "$(report --json | python3 -c 'import json, sys
r = json.load(sys.stdin); print(r["summary"]["violations"], r["lost"][0]["count"])')"
expect summary "115 violations (1 killed, 7 denied, 7 would-deny, 100 audited) of 5 kinds under 2 policies; \
from 2026-11-20 07:00:00Z to 2026-11-22 07:20:00Z" "$(report | head -n 1)"
expect lost "3 violations are missing here (ring-full)" "$(report | sed -n 2p)"
expect utc "1" "$(TZ=Asia/Tokyo report | grep -c '07:20:00Z$')"
expect local "1" "$(TZ=Asia/Tokyo "$BAILIFF" report --store "$store" | grep -c '16:20:00$')"

# Statuses for scripts.
expect_status check-some 1 "$BAILIFF" report --store "$store" --check
expect_status check-none 0 "$BAILIFF" report --store "$store" --check --policy none --until 2026-01-01
expect_status check-lost-only 1 sh -c "echo '{\"lost\":{\"kind\":\"x\",\"count\":1}}' | '$BAILIFF' report --check --from -"
expect_status without-check 0 "$BAILIFF" report --store "$store"
expect_status no-store 2 "$BAILIFF" report --store none

# Options.
for option in --since --until; do
	error "$option-word" 2 "is a span (90s, 15m, 1h, 7d, 2w) or a time" \
		"$BAILIFF" report --store "$store" $option yesterday
done
error by-word 2 "--by takes policy, rule" "$BAILIFF" report --store "$store" --by policy,colour
error by-empty 2 "--by takes policy, rule" "$BAILIFF" report --store "$store" --by policy,
error sort-word 2 "--sort is worst, most, newest, oldest or id" "$BAILIFF" report --store "$store" --sort best
error limit-word 2 "--limit is a number" "$BAILIFF" report --store "$store" --limit 5x
error limit-minus 2 "--limit is a number" "$BAILIFF" report --store "$store" --limit -5
error width-word 2 "--width is a number of columns" "$BAILIFF" report --store "$store" --width wide
error color-word 2 "--color is auto, always or never" "$BAILIFF" report --store "$store" --color red
error verb 2 "there is show" "$BAILIFF" report --store "$store" tell 1
error show-nothing 2 "comes the number of one kind" "$BAILIFF" report --store "$store" show
error show-word 2 "comes the number of one kind" "$BAILIFF" report --store "$store" show first
error show-none 5 "there is none" "$BAILIFF" report --store "$store" show 99
error suggest-none 5 "there is none" "$BAILIFF" report --store "$store" suggest 99
error ack-none 5 "there is none" "$BAILIFF" report --store "$store" ack 99
error option-unknown 2 "is no option of it" "$BAILIFF" report --nonsense
error until-since 2 "--until is not later than --since" "$BAILIFF" report --store "$store" --since 1h --until 2h
error two-forms 2 "one at a time: '--csv'" "$BAILIFF" report --store "$store" --json --csv
for words in "show 4 --csv" "show 4 --since 1h" "suggest 4 --html x" "ack 1 --json" "ack 1 --check" "--note x" "--undo" \
	"-o x" "--policy-file x" "show 4 --output x" "suggest 4 --undo" "ack 1 --undo --note x"; do
	# shellcheck disable=SC2086 # words
	error "no effect: $words" 2 "; see bailiff report --help" "$BAILIFF" report --store "$store" $words
done
expect by-more "... and 7 more violations in other groups; --limit 0 shows all" \
	"$(report --by operation --sort most --limit 1 -p web | tail -n 1)"
expect by-all 0 "$(report --by operation | grep -c 'other groups')"
error html-by 1 "leave --by out" "$BAILIFF" report --store "$store" --by policy --html "$TMPDIR/x.html"
expect color-never 0 "$(report --color auto | grep -c "$(printf '\033')")"
if [ "$(report --color always | grep -c "$(printf '\033')")" -gt 4 ]; then pass color-always; else fail color-always "none"; fi

# Acknowledged, and what is new then.
expect new-all "2 1 4 5 3" "$(ids --new)"
expect_status ack 0 "$BAILIFF" report --store "$store" ack 1 --note "known, ticket 4"
expect_status ack-2 0 "$BAILIFF" report --store "$store" ack 2
expect new-without "4 5 3" "$(ids -n)"
expect ack-note "1" "$(report show 1 | grep -c '^seen .*, and 0 since: known, ticket 4$')"
expect ack-mark "1" "$(report --sort id | grep -c '^ 1 .* denied ok ')"
head -n 1 "$jsonl" | "$BAILIFF_BUILD/make-store" "$store"
expect new-grown "1 4 5 3" "$(ids --new)"
expect grown-mark "1" "$(report --sort id | grep -c '^ 1 .* denied + ')"
expect grown-since "1" "$(report show 1 | grep -c ', and 5 since: known')"
report ack 3 --note "$(printf 'a\033[2Jb\nc')"
expect ack-hostile-note 1 "$(report show 3 | grep -cF ': a\x1b[2Jb\x0ac')"
report ack 3 --undo
expect_status undo 0 "$BAILIFF" report --store "$store" ack 2 --undo
expect new-undone "2 1 4 5 3" "$(ids --new)"
error ack-from 2 "can be reviewed, not changed" "$BAILIFF" report --from "$jsonl" ack 1

# One kind.
report show 4 >"$TMPDIR/show"
for part in 'what        denied ioctl' 'the rule, as its file is now:' \
	'>     6      - ioctl: {cmd: \[TIOCSTI, TIOCLINUX\]}' '{"fd":0,"cmd":"TIOCSTI"}' '1 record is kept whole'; do
	if grep -q -- "$part" "$TMPDIR/show"; then pass "show: $part"; else fail "show: $part" "it is not there"; fi
done
expect show-json "4 TIOCSTI" "$(report show 4 --json | python3 -c 'import json, sys
k = json.load(sys.stdin); print(k["id"], k["records"][0]["syscall"]["args"]["cmd"])')"
expect show-lost-file "1" "$(report show 1 | grep -c "file is not found from here; --policy-file names it")"
# A record names any file as its rule's: of one that is no policy nothing is shown.
printf 'token: hunter2\nversion: 1\n' >"$TMPDIR/secret.yaml"
printf '{"verdict":"denied","policy":"web","operation":"read","rule":"%s:1"}\n' "$TMPDIR/secret.yaml" >"$TMPDIR/asks"
expect show-no-policy 0 "$("$BAILIFF" report --from "$TMPDIR/asks" show 1 | grep -c hunter2)"
expect page-no-policy 0 "$("$BAILIFF" report --from "$TMPDIR/asks" --html - | grep -c hunter2)"
sed -i 's/token: hunter2/name: web/' "$TMPDIR/secret.yaml"
expect page-policy 1 "$("$BAILIFF" report --from "$TMPDIR/asks" --html - | grep -c '\[1,"name: web"\]')"
# A record is kept as it came: valid JSON may hold what a terminal should not be given.
printf '{\r"verdict":"denied","operation":"a\302\2332Jb\342\200\256\177","policy":"\303\244"}\n' >"$TMPDIR/raw"
"$BAILIFF" report --from "$TMPDIR/raw" show 1 --json >"$TMPDIR/out"
expect show-json-hostile 0 "$(LC_ALL=C grep -c "$(printf '\r\|\302\233\|\177\|\342\200\256')" "$TMPDIR/out")"
expect show-json-same "True" "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["records"][0] == json.load(open(sys.argv[2])))' "$TMPDIR/out" "$TMPDIR/raw")"
# A store that somebody else filled: both documents are JSON still.
cp "$store" "$TMPDIR/odd.db" && chmod 600 "$TMPDIR/odd.db"
python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db: db.execute("UPDATE records SET json = ?", ("]} no JSON",))' "$TMPDIR/odd.db"
expect show-json-odd "[None]" "$("$BAILIFF" report --store "$TMPDIR/odd.db" show 4 --json |
	python3 -c 'import json, sys; print(json.load(sys.stdin)["records"])')"
expect page-odd "{}" "$("$BAILIFF" report --store "$TMPDIR/odd.db" --html - | python3 -c 'import json, re, sys
data = json.loads(re.search("id=.data.>(.*?)</script>", sys.stdin.read(), re.S)[1])
print(*{str(json.loads(r)) for k in data["kinds"] for r in k["records"]})')"

# A change that allows it, as patch and git take it.
cp "$TMPDIR/web.yaml" "$TMPDIR/before.yaml"
expect_status suggest 0 "$BAILIFF" report --store "$store" suggest 4
cp "$TMPDIR/out" "$TMPDIR/suggested"
if have patch; then
	expect_status suggest-patch 0 sh -c "patch '$TMPDIR/web.yaml' <'$TMPDIR/suggested'"
	expect_status suggest-patched 0 "$BAILIFF" check "$TMPDIR/web.yaml"
	expect suggest-allows allowed "$("$BAILIFF" explain "$TMPDIR/web.yaml" 'ioctl(cmd=TIOCSTI)' |
		sed -n 's/.*: \(allowed\)$/\1/p')"
	expect_status suggest-already 0 "$BAILIFF" report --store "$store" suggest 4
	expect suggest-already-says 1 "$(grep -c 'as it is now, allows this' "$TMPDIR/out")"
else
	skip suggest-patch "patch is not installed"
fi
cp "$TMPDIR/before.yaml" "$TMPDIR/web.yaml"
mkdir -p "$TMPDIR/git/examples"
cp "$TMPDIR/before.yaml" "$TMPDIR/git/examples/web.yaml"
sed -n 4p "$jsonl" | sed "s|$TMPDIR/web.yaml|examples/web.yaml|" >"$TMPDIR/git/v.jsonl"
expect_status suggest-git 0 sh -c "cd '$TMPDIR/git' && '$BAILIFF' report --from v.jsonl suggest 1 |
	GIT_CEILING_DIRECTORIES=/ git apply -p0"
expect suggest-git-changed 1 "$(grep -c 'cmd: \[TIOCLINUX\]' "$TMPDIR/git/examples/web.yaml")"
expect_status suggest-output 0 "$BAILIFF" report --store "$store" suggest 4 --output "$TMPDIR/new.yaml"
expect suggest-output-file 1 "$(grep -c 'cmd: \[TIOCLINUX\]' "$TMPDIR/new.yaml")"
expect suggest-output-says "the changed policy is written to $TMPDIR/new.yaml" "$(tail -n 1 "$TMPDIR/out")"
error suggest-output-there 5 "File exists" "$BAILIFF" report --store "$store" suggest 4 -o "$TMPDIR/new.yaml"
expect suggest-json "same" "$(report suggest 4 --json | python3 -c 'import json, sys
j = json.load(sys.stdin)
print("same" if j["diff"] in open(sys.argv[1]).read() and j["warnings"] and not j["reason"] else j)' "$TMPDIR/suggested")"
error suggest-no-file 5 "name it with --policy-file" "$BAILIFF" report --store "$store" suggest 2
error suggest-wrong-file 1 "is another policy: this was seen under db" \
	"$BAILIFF" report --store "$store" suggest 2 --policy-file "$TMPDIR/web.yaml"
"$BAILIFF" compile "$TMPDIR/web.yaml" -o "$TMPDIR/web.bailiff" 2>/dev/null
error suggest-compiled 1 "is a compiled policy" \
	"$BAILIFF" report --store "$store" suggest 4 --policy-file "$TMPDIR/web.bailiff"
error suggest-no-policy 1 "" "$BAILIFF" report --store "$store" suggest 4 --policy-file /dev/null
printf 'version: 1\nname: db\nsyscalls: {default: deny}\n' >"$TMPDIR/db.yaml"
expect_status suggest-reason 1 "$BAILIFF" report --store "$store" suggest 2 --policy-file "$TMPDIR/db.yaml"
expect suggest-reason-says 1 "$(grep -c '^no change is suggested: ' "$TMPDIR/out")"

# Of a program that really ran, under a compiled policy with an include; from where its file is.
mkdir -p "$TMPDIR/real"
printf 'version: 1\nname: own\ninclude: [base]\nsyscalls: {default: allow}\n' >"$TMPDIR/real/own.yaml"
printf 'version: 1\nname: base\nsyscalls: {default: allow, deny: [uname]}\n' >"$TMPDIR/real/base.yaml"
if (cd "$TMPDIR/real" && "$BAILIFF" compile own.yaml -o own.bailiff &&
	"$BAILIFF" run -p own.bailiff --report own.jsonl -- sh -c 'uname; true') >"$TMPDIR/real/out" 2>&1; then
	(cd "$TMPDIR/real" && "$BAILIFF" report show 1 --from own.jsonl) >"$TMPDIR/show"
	expect real-line 1 "$(grep -c '^>     3  syscalls: {default: allow, deny: \[uname\]}' "$TMPDIR/show")"
	expect_status real-reason 1 sh -c "cd '$TMPDIR/real' && '$BAILIFF' report suggest 1 --from own.jsonl"
	expect real-reason-says 1 "$(grep -c '^no change is suggested: base.yaml:3 has a rule' "$TMPDIR/out")"
	printf 'version: 1\nname: own\nsyscalls: {default: allow, deny: [uname]}\n' >"$TMPDIR/real/own.yaml"
	expect_status real-changed 0 sh -c "cd '$TMPDIR/real' && '$BAILIFF' report suggest 1 --from own.jsonl"
	expect real-changed-says 1 "$(grep -c 'base.yaml:3 decided when it was seen, and .*own.yaml:3 does now' "$TMPDIR/out")"
	cp "$TMPDIR/out" "$TMPDIR/real/suggested"
	expect_status real-applies 0 sh -c "cd '$TMPDIR/real' && patch own.yaml <suggested && '$BAILIFF' run -p own.yaml -- uname"
else
	fail real-run "$(head -n 2 "$TMPDIR/real/out" | tr '\n' ' ')"
fi

# On a terminal the diff has colours, unless nobody wants them.
terminal() { TERM=xterm script -qec "$* '$BAILIFF' report --store '$store' suggest 4" /dev/null; }
if have script; then
	expect terminal-colours 1 "$(terminal env | grep -c "$(printf '\033\\[32m+.*TIOCLINUX\\]')")"
	expect terminal-no-color 0 "$(terminal env NO_COLOR=1 | grep -c "$(printf '\033')")"
	expect terminal-no-color-diff 1 "$(terminal env NO_COLOR=1 | grep -c '^+.*TIOCLINUX')"
else
	skip terminal-colours "script is not installed"
fi

# Files of reports.
expect_status from 0 "$BAILIFF" report --from "$jsonl"
expect from-stdin "$("$BAILIFF" report --from "$jsonl" --csv)" "$("$BAILIFF" report --from - --csv <"$jsonl")"
expect from-show 1 "$("$BAILIFF" report show 4 --from "$jsonl" | grep -c '^what        denied ioctl')"
error from-none 5 "No such file" "$BAILIFF" report --from "$TMPDIR/none.jsonl"
error from-store 2 "goes without --store" "$BAILIFF" report --from "$jsonl" --store "$store"
echo hello >"$TMPDIR/no.jsonl"
error from-other 1 "is it a report that bailiff wrote as JSON?" "$BAILIFF" report --from "$TMPDIR/no.jsonl"
{ cat "$jsonl"; echo hello; } >"$TMPDIR/some.jsonl"
error from-some 0 "some.jsonl:7: warning: this is no record of a violation; it is skipped" \
	"$BAILIFF" report --from "$TMPDIR/some.jsonl"
expect from-empty "no violations" "$("$BAILIFF" report --from /dev/null)"

# Stores that are none.
error store-none 5 "No such file" "$BAILIFF" report --store "$TMPDIR/none.db"
error store-none-ack 5 "No such file" "$BAILIFF" report --store "$TMPDIR/made.db" ack 1
expect store-none-ack-makes-none "" "$(ls "$TMPDIR/made.db" 2>/dev/null)"
nothing() { (unset BAILIFF_STORE; as_user env -u BAILIFF_STORE XDG_STATE_HOME="$TMPDIR/nothing" "$BAILIFF" report "$@"); }
if is_root; then
	expect default-none "no violations" "$(nothing 2>"$TMPDIR/err")"
	expect default-none-where "bailiff: note: nothing was ever stored in $TMPDIR/nothing/bailiff/violations.db" \
		"$(cat "$TMPDIR/err")"
	expect default-none-csv "" "$(nothing --csv 2>&1 >/dev/null)"
	error default-none-show 5 "nothing was ever stored in $TMPDIR/nothing/bailiff/violations.db; name another" nothing show 1
	error default-none-ack 5 "nothing was ever stored in $TMPDIR/nothing/bailiff/violations.db" nothing ack 1
else
	skip default-none "not root"
fi
cp "$store" "$TMPDIR/version.db"
sql() { python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.commit()' "$@"; }
sql "$TMPDIR/version.db" 'PRAGMA user_version = 99'
error store-version 1 "it has version 99, and bailiff" "$BAILIFF" report --store "$TMPDIR/version.db"
sql "$TMPDIR/other.db" 'CREATE TABLE t(x); PRAGMA application_id = 1'
error store-other 1 "this is a database of another application" "$BAILIFF" report --store "$TMPDIR/other.db"
error store-text 5 "this is no store" "$BAILIFF" report --store "$jsonl"
mkdir -p "$TMPDIR/directory.db"
error store-directory 1 "" "$BAILIFF" report --store "$TMPDIR/directory.db"
if is_root; then
	chmod 600 "$store"
	mkdir -p "$TMPDIR/user"
	error store-unreadable 4 "may this user open it" as_user "$BAILIFF" report --store "$store"
else
	skip store-unreadable "not root"
fi

# Output that can't be written.
for words in "" "--json" "--csv" "--html -" "show 4" "show 4 --json" "suggest 4"; do
	# shellcheck disable=SC2086
	error "full: $words" 5 "bailiff: error: write " \
		sh -c '"$0" report --store "$@" >/dev/full' "$BAILIFF" "$store" $words
	# shellcheck disable=SC2086
	error "closed: $words" 5 "write" sh -c '"$0" report --store "$@" >&-' "$BAILIFF" "$store" $words
done
error full-page 5 "write /dev/full: " "$BAILIFF" report --store "$store" --html /dev/full
error page-directory 5 "No such file" "$BAILIFF" report --store "$store" --html "$TMPDIR/none/page.html"
