#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `make demo` runs: an entrypoint with nginx under examples/web.yaml, and what was blocked.
# The status is not 0 when something got through that the policy denies.
set -euo pipefail
cd "$(dirname "$0")/.."
bailiff=$(realpath "${BAILIFF:-build/bailiff}")
export PATH=$PATH:/usr/sbin:/sbin
python=/usr/bin/python3
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
# As root bailiff reads policies only from root's own files, and a checkout may be a user's.
install -m 644 examples/web.yaml "$dir/web.yaml"
report=$dir/violations.jsonl
# Its own, for this is no news of this machine.
export BAILIFF_STORE=$dir/store.db
failed=0

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '$ %s\n' "$*"; }
wrong() {
	echo "demo: $*" >&2
	failed=1
}

say "1. The policy is checked, its filter compiled and proved."
show "bailiff check web.yaml"
(cd "$dir" && "$bailiff" check web.yaml)
show "bailiff compile --stats web.yaml"
(cd "$dir" && "$bailiff" compile --stats web.yaml)

say "2. What a program can do without a policy:"
show "python3 examples/attack.py"
"$python" examples/attack.py </dev/null

say "3. The same inside an entrypoint with nginx, under the policy:"
show "bailiff run -p web.yaml --report violations.jsonl -- entrypoint.sh"
status=0
here=$PWD
(cd "$dir" && "$bailiff" run -p web.yaml --report "$report" -- sh "$here/examples/entrypoint/entrypoint.sh" \
	"$dir/nginx" "$port" -- "$python" "$here/examples/attack.py" "$port") </dev/null |
	tee "$dir/out" || status=$?
[ "$status" = 0 ] || wrong "the entrypoint ended with $status"
grep -q 'GET / .*Served under a policy' "$dir/out" || wrong "nginx did not serve its page"
[ "$(grep -c ' EPERM$' "$dir/out")" = 6 ] || wrong "not all six attempts got EPERM"

say "4. The report: violations.jsonl, a JSON object for each"
"$python" - "$report" <<'END' || failed=1
import json, sys

wanted = {"ioctl", "unshare", "ptrace", "socket", "bpf"}
records = [json.loads(line) for line in open(sys.argv[1])]
for r in records:
    args = ", ".join(f"{k}={v}" for k, v in (r["syscall"] or {"args": {}})["args"].items())
    if len(args) > 60:
        args = args[:57] + "..."
    print(f"  {r['verdict']} {r['operation']}({args})\n"
          f"      by {r['rule']}{', ' + r['why'] if r['why'] else ''}; "
          f"in {r['process']['exe']}[{r['process']['pid']}], count {r['count']}")
missing = wanted - {r["operation"] for r in records if r["verdict"] == "denied"}
extra = {r["operation"] for r in records} - wanted
if missing:
    sys.exit(f"demo: not blocked, or not reported: {', '.join(sorted(missing))}")
if extra:
    print(f"  (also told: {', '.join(sorted(extra))})")
END
echo "One of them as it stands there:"
grep -m 1 '"operation":"ioctl"' "$report" || true

say "5. The same, stored, as a person reviews it:"
show "bailiff report"
"$bailiff" report --width 110 || failed=1
[ "$("$bailiff" report --csv | wc -l)" -ge 6 ] || wrong "not all of it is in the store"

say "6. Which line decided, and which came near?"
show "bailiff explain web.yaml 'socket(AF_VSOCK, SOCK_STREAM, 0)'"
(cd "$dir" && "$bailiff" explain web.yaml 'socket(AF_VSOCK, SOCK_STREAM, 0)') || failed=1

[ "$failed" = 0 ] || exit 1
say "All six were blocked and reported; nginx noticed nothing. Next: README.md, bailiff(1)."
