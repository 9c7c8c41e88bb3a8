#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# `watch` through the service, which is played here: JSON, text, a terminal on which repeats are counted,
# a refusal, an end.
. "$(dirname "$0")/../common/lib.sh"

is_root || skip_all "/run can be made another directory by root alone"
unshare -m true 2>/dev/null || skip_all "no mount namespaces here"

cat >"$TMPDIR/test.py" <<'END'
import os, pty, signal, socket, subprocess, sys, time

bailiff = sys.argv[1]
os.mkdir("/run/bailiff")
listener = socket.socket(socket.AF_UNIX)
listener.bind("/run/bailiff/socket")
listener.listen()


def say(name, good, seen):
    print(f"PASS {name}" if good else f"FAIL {name}: {seen!r}", flush=True)


def serve(answer, lines, end=True):
    """Answers one request; the request, and the connection unless it ended."""
    peer, _ = listener.accept()
    request = b""
    while not request.endswith(b"\n"):
        request += peer.recv(100)
    peer.sendall(answer + b"\n" + b"".join(line + b"\n" for line in lines))
    if end:
        peer.close()
    return request, peer


def start(*args, **more):
    return subprocess.Popen([bailiff, "watch", *args], stderr=subprocess.PIPE,
                            **{"stdout": subprocess.PIPE, **more})


HELLO = b'{"watching":"0"}'
job = start("--json")
request, _ = serve(HELLO, [b'{"a":1}', b'{"b":2}'])
out, err = job.communicate(timeout=20)
say("json-request", request == b"watch\n", request)
say("json", out == b'{"a":1}\n{"b":2}\n', out)
say("service-gone", job.returncode == 5 and b"the service has gone" in err, (job.returncode, err))
say("ready", b"watching every policy\n" in err, err)

job = start("--policy", "web")
request, peer = serve(HELLO, [b"one", b"one", b"two"], end=False)
say("text-request", request == b"watch text policy=web\n", request)
line = job.stdout.readline() + job.stdout.readline() + job.stdout.readline()
say("pipe-is-not-folded", line == b"one\none\ntwo\n", line)
job.send_signal(signal.SIGTERM)
out, err = job.communicate(timeout=20)
say("ends-by-sigterm", job.returncode == 0, job.returncode)
peer.close()

job = start("--count", "2")
_, peer = serve(HELLO, [b"one", b"two", b"three"], end=False)
out, err = job.communicate(timeout=20)
say("count", job.returncode == 0 and out == b"one\ntwo\n", (job.returncode, out))
peer.close()

job = start()
serve(b'{"error":"too many watch"}', [])
out, err = job.communicate(timeout=20)
say("refused", job.returncode == 5 and b"too many watch" in err, (job.returncode, err))

job = start()
_, peer = serve(HELLO, [b"one"], end=False)
job.stdout.readline()
job.stdout.close()
for _ in range(50):
    try:
        peer.sendall(b"more\n")
    except BrokenPipeError:
        break
    time.sleep(0.05)
say("reader-gone", job.wait(timeout=20) == 0 and not job.stderr.read().count(b"error"), job.returncode)
peer.close()

master, slave = pty.openpty()
job = start(stdout=slave)
_, peer = serve(HELLO, [b"one"] * 3 + [b"two"], end=False)
time.sleep(0.5)
peer.sendall(b"two\n")
time.sleep(0.5)
job.send_signal(signal.SIGINT)
job.wait(timeout=20)
seen = os.read(master, 4096)
say("terminal-folds", seen == b"one\r\n\x1b[1A\r\x1b[Jone, 3 times\r\ntwo\r\n"
    b"\x1b[1A\r\x1b[Jtwo, 2 times\r\n", seen)
say("ends-by-sigint", job.returncode == 0, job.returncode)
END
unshare -m sh -c 'mount -t tmpfs none /run && exec python3 "$1" "$2"' sh "$TMPDIR/test.py" "$BAILIFF"
