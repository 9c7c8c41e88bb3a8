#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gen-page.py DIRECTORY OUT.c: the page's parts as C, around the places of its data, and of what is read
without its script. The browser is told to run nothing but this script, by its hash."""
import base64
import hashlib
import re
import sys


def literal(text):
    lines = []
    for line in text.splitlines(True):
        escaped = line.encode("ascii").decode().replace("\\", "\\\\").replace('"', '\\"')
        lines.append('\t"' + escaped.replace("\t", "\\t").replace("\n", "\\n").replace("??", "?\\?") + '"')
    return "\n".join(lines)


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def main():
    where, out = sys.argv[1:]
    parts = {}
    for name in ("html", "css", "js"):
        with open(f"{where}/page.{name}", encoding="ascii") as f:
            parts[name] = f.read()
    # Every program carries it: without indents and the comments that fill lines. No text of it spans lines.
    for name in ("css", "js"):
        parts[name] = re.sub(r"^(\s*//.*\n|\t+)|^/\*.*\*/\n", "", parts[name], flags=re.M)
    page = parts["html"].replace("@SCRIPT@", digest(parts["js"])).replace("@STYLE@", digest(parts["css"]))
    page = page.replace("@CSS@", parts["css"]).replace("@JS@", parts["js"])
    head, rest = page.split("@DATA@")
    middle, tail = rest.split("@STATIC@")
    with open(out, "w", encoding="ascii") as f:
        f.write("/* Made by gen-page.py. */\n")
        for name, text in (("head", head), ("middle", middle), ("tail", tail)):
            f.write(f"extern const char page_{name}[];\nconst char page_{name}[] =\n{literal(text)};\n")


main()
