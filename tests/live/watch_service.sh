#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# `watch` through the service, which is played here: JSON, text, a terminal on which repeats are counted,
# a refusal, an end.
. "$(dirname "$0")/../common/lib.sh"

is_root || skip_all "/run can be made another directory by root alone"
unshare -m true 2>/dev/null || skip_all "no mount namespaces here"

cat >"$TMPDIR/test.py" <<'END'
import fcntl, os, pty, re, signal, socket, struct, subprocess, sys, termios, time, unicodedata

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
say("terminal-folds", seen == b"one, 3 times\r\ntwo\r\n"
    b"\x1b[1A\r\x1b[Jtwo, 2 times\r\n", seen)
say("ends-by-sigint", job.returncode == 0, job.returncode)


class Terminal:
    """What a terminal shows that folds lines anew when its size changes. Going up must end where a line begins."""

    def __init__(self, rows, columns):
        self.master, self.slave = pty.openpty()
        self.lines, self.wrong = [""], []
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def rows_of(self, line):
        rows, taken = 1, 0
        for c in line:
            width = 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
            if taken + width > self.columns:
                rows, taken = rows + 1, 0
            taken += width
        return rows

    def up(self, rows):
        if rows >= self.rows:
            self.wrong.append(f"{rows} rows up of {self.rows}")
        while rows > 0 and len(self.lines) > 1:
            del self.lines[-1]
            rows -= self.rows_of(self.lines[-1])
            self.lines[-1] = ""
        if rows:
            self.wrong.append(f"{rows} rows beside")

    def read(self):
        """All that comes, until nothing has for a while."""
        data = b""
        os.set_blocking(self.master, False)
        quiet = 0
        while quiet < 8:
            try:
                data += os.read(self.master, 65536)
                quiet = 0
            except BlockingIOError:
                quiet += 1
                time.sleep(0.1)
        text = data.decode()
        for part in re.findall(r"\x1b\[\d*[A-Z]|\r|\n|[^\x1b\r\n]+|\x1b", text):
            if part == "\n":
                self.lines.append("")
            elif part.endswith("A") and part[0] == "\x1b":
                self.up(int(part[2:-1]))
            elif part[0] == "\x1b" and part != "\x1b[J":
                self.wrong.append(repr(part))
            elif part[0] not in "\r\x1b":
                self.lines[-1] += part
        return self.lines[:-1]


def fold(name, size, batches, want, check=None):
    """The batches, a size between them perhaps, and what is to be seen in the end."""
    terminal = Terminal(*size)
    job = start(stdout=terminal.slave)
    _, peer = serve(HELLO, [], end=False)
    for batch in batches:
        if isinstance(batch, tuple):
            terminal.resize(*batch)
        else:
            peer.sendall("".join(line + "\n" for line in batch).encode())
            seen = terminal.read()
    job.send_signal(signal.SIGINT)
    job.wait(timeout=20)
    say(name, (check(seen) if check else seen == want) and not terminal.wrong, (seen[-9:], terminal.wrong))
    peer.close()


def denied(path, pid, end=""):
    return f"bailiff: denied read {path} = EPERM by /a.yaml:7 in /bin/cat[{pid}]{end}"


fold("terminal-other-process", (24, 80), [[denied("/a", 1), denied("/b", 2), denied("/a", "3/4")],
     [denied("/b", 5), denied("/c", 6), denied("/b", 7)]],
     [denied("/a", "3/4", ", 2 times"), denied("/b", 7, ", 3 times"), denied("/c", 6)])
fold("terminal-counts", (24, 80), [[denied("/a", 1, ", 40 times")], [denied("/a", 2, ", 2 times")]],
     [denied("/a", 2, ", 42 times")])
long = "/" + "x" * 50
fold("terminal-narrow", (24, 30), [[denied(long, 1), denied("/b", 2)], [denied(long, 99999)], [denied("/b", 3)]],
     [denied(long, 99999, ", 2 times"), denied("/b", 3, ", 2 times")])
wide = "/" + "犬a猫" * 12 + "e\u0301"
fold("terminal-wide", (24, 31), [[denied(wide, 1)], [denied(wide, 2)], [denied("/b", 2)], [denied(wide, 3)]],
     [denied(wide, 3, ", 3 times"), denied("/b", 2)])
fold("terminal-resized", (24, 80), [[denied(long, 1), denied("/b", 2)], (24, 33), [denied(long, 3)], (24, 120),
     [denied(long, 4), denied("/b", 5)]], [denied(long, 4, ", 3 times"), denied("/b", 5, ", 2 times")])
many = [denied(f"/{i}", i) for i in range(30)]
fold("terminal-low", (6, 80), [many, [denied("/0", 1), denied("/29", 2)]],
     many[:-1] + [denied("/29", 2, ", 2 times"), denied("/0", 1)])
fold("terminal-left", (6, 80), [many[:8], [denied("/0", 1), denied("/7", 2)]],
     many[:7] + [denied("/7", 2, ", 2 times"), denied("/0", 1, ", 2 times")])
fold("terminal-flood", (24, 80), [[denied(f"/{i % 300}", i) for i in range(3000)], [denied("/299", 5)] * 2], None,
     lambda seen: seen[-1] == denied("/299", 5, ", 3 times") and len(seen) == 3000)
lost = "bailiff: {} violations are missing from this report ({})"
fold("terminal-lost", (24, 80), [[lost.format(3, "ring-full"), denied("/a", 1)], [lost.format(4, "ring-full"),
     lost.format(2, "report-full")]],
     [lost.format(7, "ring-full"), denied("/a", 1), lost.format(2, "report-full")])
tricky = "bailiff: denied read /a in /tmp/], 9 times[{}]"
fold("terminal-hostile", (24, 80), [[tricky.format(1)], [tricky.format(2)]], [tricky.format(2) + ", 2 times"])

job = start("--count", "1")
_, peer = serve(HELLO, [lost.format(3, "ring-full").encode(), b"one", b"two"], end=False)
out, err = job.communicate(timeout=20)
say("losses-are-not-counted", out.splitlines() == [lost.format(3, "ring-full").encode(), b"one"], out)
peer.close()
END
unshare -m sh -c 'mount -t tmpfs none /run && exec python3 "$1" "$2"' sh "$TMPDIR/test.py" "$BAILIFF"
