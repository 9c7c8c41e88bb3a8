#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shoot.py [BAILIFF]: the pictures of examples/report, made anew from records.realistic(): the page in Chromium, and the
report as a terminal has it, from a pty. As root, for the made-up host's policies are mounted where they
would lie; needs what tests/packages.txt has for the page, and pngquant."""
import base64
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time

import records
from browser import Browser

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(TOP, "examples/report")
COLUMNS = 162
TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; background: #16191f; }}
pre {{ margin: 0; padding: 16px 20px; width: fit-content; font: 14px/1.45 "DejaVu Sans Mono", monospace; color: #d6dae0; }}
.c31, .c91 {{ color: #ff8a80; }} .c32, .c92 {{ color: #9ece6a; }} .c33, .c93 {{ color: #f2c261; }} .c34, .c94 {{ color: #82aaff; }}
.c35, .c95 {{ color: #d9a0ff; }} .c36, .c96 {{ color: #7fd6e0; }} .c37, .c97 {{ color: #ffffff; }} .c90 {{ color: #8a929e; }}
.b {{ font-weight: bold; }} .d {{ color: #8a929e; }} .i {{ background: #d6dae0; color: #16191f; }} .u {{ text-decoration: underline; }}
</style><pre>{}</pre>"""


def marked_up(text):
    """What a terminal's colours make of it."""
    classes, out = set(), []
    for part in re.split(r"(\x1b\[[0-9;]*m)", text.replace("\r\n", "\n")):
        if not part.startswith("\x1b["):
            out.append(f'<span class="{" ".join(sorted(classes))}">{html.escape(part)}</span>' if classes and part else html.escape(part))
            continue
        for code in (int(c or 0) for c in part[2:-1].split(";")):
            if code == 0:
                classes = set()
            elif code in (1, 2, 4, 7):
                classes.add({1: "b", 2: "d", 4: "u", 7: "i"}[code])
            else:
                classes = {c for c in classes if not c.startswith("c")} | ({f"c{code}"} if code not in (39, 22) else set())
    return "".join(out)


def on_a_terminal(argv, rows=60):
    """What a program prints to a pty of COLUMNS."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", TZ="UTC")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
        os.execvp(argv[0], argv)
    text = b""
    while True:
        try:
            read = os.read(fd, 65536)
        except OSError:
            break
        if not read:
            break
        text += read
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit(f"shoot: {' '.join(argv)}: {text.decode()}")
    return text.decode()


def save(b, name, height, width, scale=1, dark=False):
    b.look(width, height, dark=dark, scale=scale)
    time.sleep(0.3)
    shot = b.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
    path = os.path.join(OUT, name)
    with open(path, "wb") as f:
        f.write(base64.b64decode(shot["data"]))
    subprocess.run(["pngquant", "--force", "--skip-if-larger", "--speed", "1", "--strip", "--quality", "70-100", "--output", path, path], check=True)
    print(f"{path}: {width * scale}x{height * scale}, {os.path.getsize(path):,} bytes")


def main():
    bailiff = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TOP, "build/bailiff"))
    os.makedirs(OUT, exist_ok=True)
    place = tempfile.mkdtemp(prefix="bailiff-shoot.")
    etc, file, page = f"{place}/etc", f"{place}/host.jsonl", f"{place}/report.html"
    os.makedirs(etc + "/bailiff/policies")
    for name, text in records.POLICIES.items():
        with open(f"{etc}/bailiff/policies/{name}", "w", encoding="utf-8") as f:
            f.write(text)
        os.utime(f.name, (time.time() - 7 * 86400,) * 2)  # older than what was seen
        subprocess.run([bailiff, "check", f.name], check=True, capture_output=True)
    with open(file, "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in records.realistic(time.time()))
    there = ["unshare", "--mount", "sh", "-c", f"mount -t overlay -o lowerdir={etc}:/etc overlay /etc && exec \"$@\"", "sh", bailiff, "report"]
    source = ["--from", file]
    if subprocess.run([bailiff, "store", "--help"], capture_output=True, check=False).returncode == 0:
        source = ["--store", f"{place}/violations.db"]
        subprocess.run([bailiff, "store", "import", *source, file], check=True, capture_output=True)
        subprocess.run([bailiff, "report", "ack", "4", "--note", "benchmarks of the new disks, ticket 4711", *source], check=True)
    subprocess.run([*there, *source, "--html", page], check=True)
    table = "\x1b[32m$\x1b[0m \x1b[1mbailiff report\x1b[0m\n" + on_a_terminal([*there, *source])
    b = Browser()
    try:
        b.look(1440, 1240)
        b.get("file://" + page)
        b.js("""document.querySelectorAll('button.open')[1].click()""")
        save(b, "page-1440.png", b.js("return Math.ceil(document.querySelectorAll('tr.kind')[4].getBoundingClientRect().bottom)"), 1440)
        b.look(360, 800, dark=True, scale=2)
        b.get("file://" + page)
        save(b, "page-360-dark.png", 1290, 360, 2, dark=True)
        b.look(COLUMNS * 9 + 40)
        with open(f"{place}/terminal.html", "w", encoding="utf-8") as f:
            f.write(TERMINAL.format(marked_up(table.rstrip())))
        b.get(f"file://{place}/terminal.html")
        width, height = b.js("const r = document.querySelector('pre').getBoundingClientRect(); return [Math.ceil(r.width), Math.ceil(r.height)]")
        save(b, "terminal.png", height, width)
    finally:
        b.quit()
        subprocess.run(["rm", "-rf", place], check=False)


main()
