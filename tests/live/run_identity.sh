#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# Who is told to have done it: after an exec, in another PID namespace; and a start that does not come about.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
cat >web.yaml <<'YAML'
version: 1
name: web
syscalls: {default: allow, deny: [mkdir, mkdirat]}
YAML

# One thread, one call, within a second, by one program and then by another.
# shellcheck disable=SC2016 # python's
python3 - <<'PY' >chain.c
print(r'''
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	mkdir("/tmp/never", 0700);
	if (argc > 1)
		execv(argv[1], argv + 1);
	return 0;
}
''')
PY
if have gcc && gcc -o chain-a chain.c && cp chain-a chain-b; then
	"$BAILIFF" run -p web.yaml --report chain.jsonl -- ./chain-a ./chain-b
	expect another-program-after-exec "chain-a chain-b" "$(python3 -c '
import json, os
print(*[os.path.basename(json.loads(line)["process"]["exe"]) for line in open("chain.jsonl")])')"
else
	skip another-program-after-exec "gcc is not installed"
fi

# Numbers of our namespace mean strangers in the /proc of another.
if is_root; then
	unshare -pf "$BAILIFF" run -p web.yaml --report strange.jsonl -- mkdir /tmp/never 2>/dev/null
	expect no-strangers "None None" "$(python3 -c '
import json
record = json.loads(open("strange.jsonl").readline())
print(record["process"]["exe"], record["process"]["comm"])')"
else
	skip no-strangers "a PID namespace takes root"
fi

# Something above us kills what is to become the program.
cat >outer.yaml <<'YAML'
version: 1
name: outer
syscalls: {default: allow, deny: [{prctl: {option: PR_SET_NO_NEW_PRIVS, action: kill}}]}
YAML
# shellcheck disable=SC2016 # the inner shell's
expect_status killed-before-the-start 125 timeout -s KILL 10 "$BAILIFF" run -p outer.yaml --report none -- \
	sh -c '"$0" run -p web.yaml -- true; exit $?' "$BAILIFF"
case $(cat err) in
*"killed by signal 31"*"nothing was started"*) pass killed-before-the-start-is-said ;;
*) fail killed-before-the-start-is-said "$(cat err)" ;;
esac

# Signals to the whole group while it starts: bailiff ends, however the race goes.
python3 - "$BAILIFF" <<'PY' && pass signals-during-the-start || fail signals-during-the-start "a supervisor was left behind"
import os, signal, subprocess, sys, time
for i in range(60):
    p = subprocess.Popen([sys.argv[1], "run", "-p", "web.yaml", "--", "sleep", ".02"], start_new_session=True,
                         stderr=subprocess.DEVNULL)
    time.sleep(0.0002 * (i % 20))
    try:
        os.killpg(p.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    try:
        p.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        sys.exit(1)
PY
