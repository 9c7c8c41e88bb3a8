#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile.py make FILE: reports in which every text is hostile. hostile.py check BAILIFF FILE: each form in
which bailiff tells them, read back by readers that are not ours. Prints PASS and FAIL lines."""
import csv
import html.parser
import io
import json
import re
import subprocess
import sys

ESCAPES = "\x1b]0;owned\x07\x1b[2J"
TEXTS = {
    "escapes": ESCAPES,
    "lines": "one\r\ntwo\n--- a\n+++ b\n",
    "bidi": "\u202eevil\u2066 \u200f",
    "c1": "\x9b31m\x85",
    "quotes": '"\',;`$(id)\\',
    "formula": '=cmd|"/c calc"!A1',
    "formula2": "@SUM(1)",
    "formula3": "+1-1",
    "formula4": "-1+1",
    "formula5": "\t=1+1",
    "markup": '</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>&amp;',
    "bytes": "\\xff\\xfe\\xc3(",  # as a report has bytes that are not UTF-8
    "long": "/" + "n" * 4095,
    "wide": "日本語" * 100,
    "empty": "",
}
BYTES = b"\xff\xfe\xc3("
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def make(path):
    with open(path, "w", encoding="utf-8") as out:
        for i, (name, text) in enumerate(TEXTS.items()):
            process = {"pid": 7, "tid": 7, "uid": 0, "gid": 0}
            process.update((key, text) for key in ("exe", "comm", "user", "cgroup", "container"))
            out.write(json.dumps({
                "time": f"2026-11-22T07:00:{i:02}.000000000Z", "policy": name if name != "long" else text,
                "rule": text + ":3", "why": text, "class": "files", "verdict": "denied", "plane": "lsm",
                "operation": text, "object": name + text, "process": process, "host": text, "count": i + 1,
                "ancestors": [{"pid": 1, "exe": text, "comm": text}]}) + "\n")
            out.write(json.dumps({"lost": {"kind": "x" + text, "count": 1}}) + "\n")


def result(name, why):
    print(f"FAIL {name}: {why}" if why else f"PASS {name}", flush=True)


class Forms:
    def __init__(self, program, path):
        self.program, self.path = program, path

    def run(self, *words):
        done = subprocess.run([self.program, "report", "--from", self.path, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"status {done.returncode}: {done.stderr[:200]!r}")
        return done.stdout


def check_text(forms):
    for width in (40, 80, 120, 0):
        text = forms.run("--width", str(width), "--color", "never").decode("utf-8")
        if HARMFUL.search(text):
            return f"width {width} has {HARMFUL.search(text).group(0)!r}"
        rows = [line for line in text.split("\n") if re.match(r" *\d+  +\d+  denied", line)]
        if len(rows) != len(TEXTS):
            return f"width {width}: {len(rows)} rows"
    return ""


def check_show(forms):
    for i in range(1, len(TEXTS) + 1):
        text = forms.run("show", str(i)).decode("utf-8")
        if HARMFUL.search(text):
            return f"{i} has {HARMFUL.search(text).group(0)!r}"
        if re.search(r"^(one|two|\+\+\+|---)", text, re.M):
            return f"{i}: a line of the program's own"
    return ""


def check_json(forms):
    text = forms.run("--json").decode("utf-8")
    if HARMFUL.search(text):
        return f"has {HARMFUL.search(text).group(0)!r}"
    seen = {kind["object"]: kind for kind in json.loads(text)["kinds"]}
    for name, want in TEXTS.items():
        if seen.get(name + want, {}).get("operation") != want:
            return f"{name} did not come back"
        if not seen[name + want]["rule"].endswith(":3"):
            return f"{name}: {seen[name + want]['rule']}"
    for i in range(1, len(TEXTS) + 1):
        json.loads(forms.run("show", str(i), "--json").decode("utf-8"))
    return ""


def check_csv(forms):
    text = forms.run("--csv").decode("utf-8")
    if HARMFUL.search(text.replace("\r\n", "\n")):
        return f"has {HARMFUL.search(text.replace(chr(13), '')).group(0)!r}"
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    if len(rows) != len(TEXTS):
        return f"{len(rows)} rows"
    for row in rows:
        if None in row or None in row.values():
            return f"{row['id']}: not as many cells as the header has"
        for cell in row.values():
            if cell[:1] in "=+-@\t\r" and cell:
                return f"a spreadsheet takes {cell[:20]!r} for a formula"
    formulas = [row for row in rows if row["object"].startswith("formula=")]
    if not formulas or formulas[0]["operation"] != "'" + TEXTS["formula"]:
        return "a formula came back otherwise than with an apostrophe before it"
    if not any(row["policy"] == TEXTS["long"] for row in rows):
        return "a name of 4,096 bytes is cut"
    return ""


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self.inside = [], [], False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def check_page(forms):
    pages = []
    empty = Forms(forms.program, "/dev/null")
    for form in (forms, empty):
        page = Page()
        page.feed(form.run("--html", "-").decode("utf-8"))
        pages.append(page)
    table = {"section", "h2", "ul", "li", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "span"}
    if [tag for tag in pages[0].tags if tag not in table] != [tag for tag in pages[1].tags if tag not in table]:
        return "there are other tags than in the page of an empty store, and a table"
    if len(pages[0].scripts) != len(pages[1].scripts):
        return "there are other scripts"
    data = [script for script in pages[0].scripts if '"kinds"' in script and script.lstrip()[:1] == "{"]
    if not data:
        return "no document is found in it"
    seen = {kind["object"] for kind in json.loads(data[0])["kinds"]}
    missing = [name for name, text in TEXTS.items() if name + text not in seen]
    return f"missing: {missing}" if missing else ""


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2])
        return
    forms = Forms(sys.argv[2], sys.argv[3])
    for name, check in (("text", check_text), ("show", check_show), ("json", check_json),
                        ("csv", check_csv), ("page", check_page)):
        try:
            result("hostile-" + name, check(forms))
        except (RuntimeError, ValueError, KeyError, csv.Error) as error:
            result("hostile-" + name, repr(error)[:300])


main()
