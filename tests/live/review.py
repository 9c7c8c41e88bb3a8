# SPDX-License-Identifier: Apache-2.0
"""What review.sh asks of each thing that tells of its container.

review.py WANTED FORM FILE [CONTAINER SOURCE [WHENCE]]   as many violations as WANTED says, of each kind;
                                                         what still comes is read again until it is so
review.py WANTED metrics SOCKET                          the same, asked until it is so
review.py receive SOCKET FILE                            datagrams, a line of hexadecimal digits each

A kind is its operation, verdict, line and program; a program with "odd" in its name is told as that.
"""
import collections
import csv
import json
import re
import socket
import struct
import sys
import time

SCRIPT = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)
SERIES = re.compile(r'bailiff_violations_total\{(.*)\} (\d+)')
PARAMETER = re.compile(r' ([a-z]+)="((?:[^"\\\]]|\\.)*)"')
DEADLINE = 10
SHOWN = 12  # of a container's name, in a table


def kind(operation, verdict, rule, exe, container):
    exe = "odd" if exe and "odd" in exe else exe
    return operation or "-", verdict, rule or "-", exe or "-", container or "-"


def of_json(row):
    return kind(*(row[key] for key in ("operation", "verdict", "rule", "exe", "container"))), row["count"]


def lines(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            record = json.loads(line)
            process = record["process"]
            yield of_json({**record, "exe": process["exe"], "container": process["container"]})


def document(text):
    told = json.loads(text)
    rows = told.get("kinds") or told["groups"]
    if told["lost"] or told["summary"]["violations"] != sum(row["count"] for row in rows):
        yield ("the summary", json.dumps(told["summary"]), "", "", ""), 1
    yield from map(of_json, rows)


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def table(path):
    """Told by where its columns begin."""
    text = read(path).split("\n")
    head = next(line for line in text if "VERDICT" in line)
    starts = [m.start() for m in re.finditer(r"\S+", head)] + [None]
    names = head.split()
    for line in text[text.index(head) + 1:]:
        if line:
            cells = {name: line[a:b].strip() for name, a, b in zip(names, starts, starts[1:])}
            # Numbers stand right.
            count = int(line[:starts[names.index("VERDICT")]].split()[1].replace(",", ""))
            cells = {name: None if cell == "-" else cell for name, cell in cells.items()}
            yield kind(cells["OPERATION"], cells["VERDICT"], cells["RULE"], cells["PROGRAM"],
                       cells["CONTAINER"]), count


def comma_separated(path):
    for row in csv.DictReader(read(path).splitlines(keepends=True)):
        yield of_json({**row, "count": int(row["count"])})


def datagrams(path):
    return [bytes.fromhex(line) for line in read(path).split()]


def syslog(path):
    for datagram in datagrams(path):
        row = dict(PARAMETER.findall(datagram.decode()))
        yield of_json({**dict.fromkeys(("operation", "rule", "exe", "container")), **row, "count": int(row["count"])})


def fields(datagram):
    """The journal's own form."""
    while datagram:
        name, _, datagram = datagram.partition(b"\n")
        if b"=" in name:
            name, _, value = name.partition(b"=")
        else:
            size, = struct.unpack("<Q", datagram[:8])
            value, datagram = datagram[8:8 + size], datagram[9 + size:]
        yield name.decode(), value.decode()


def journal(path):
    for datagram in datagrams(path):
        row = dict(fields(datagram))
        yield kind(*(row.get("BAILIFF_" + name) for name in ("OPERATION", "VERDICT", "RULE", "EXE", "CONTAINER"))), \
            int(row["BAILIFF_COUNT"])


FORMS = {"lines": lines, "kinds.json": lambda path: document(read(path)), "groups.json": lambda path: document(read(path)),
         "page.html": lambda path: document(SCRIPT.search(read(path)).group(1)), "kinds.csv": comma_separated,
         "table": table, "syslog": syslog, "journal": journal}


def scraped(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b""
        while more := client.recv(65536):
            answer += more
    sums = collections.Counter()
    for labels, count in SERIES.findall(answer.decode()):
        label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        sums["-", label["verdict"], label["rule"] or "-", "-", "-"] += int(count)
    return sums


def wanted(path, container, source, numbered):
    sums = collections.Counter()
    for line in read(path).splitlines():
        operation, verdict, rule, exe, count = line.split()
        rule = rule if rule == "-" else f"{source}:{rule}"
        key = ("-", verdict, rule, "-", "-") if numbered else (operation, verdict, rule, exe, container)
        sums[key] += int(count)
    return sums


def compare(name, want, got):
    wrong = sorted(set(want.items()) ^ set(got.items()))
    print(f"FAIL {name}: wanted {sorted(set(want.items()) - set(got.items()))}, "
          f"got {sorted(set(got.items()) - set(want.items()))}" if wrong else f"PASS {name}")


def ask_metrics(path, want):
    got, until = None, time.monotonic() + DEADLINE
    while got != want and time.monotonic() < until:
        time.sleep(0.05)
        try:
            got = scraped(path)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
    return got or {}


def receive(path, output):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(path)
    with open(output, "w", encoding="ascii") as f:
        while True:
            f.write(server.recv(1 << 20).hex() + "\n")
            f.flush()


def counted(form, path):
    got = collections.Counter()
    for key, count in FORMS[form](path):
        got[key] += count
    return got


def main():
    if sys.argv[1] == "receive":
        receive(*sys.argv[2:])
    table_path, form, path = sys.argv[1:4]
    if form == "metrics":
        want = wanted(table_path, None, "/out/reviewed.yaml", True)
        compare("metrics", want, ask_metrics(path, want))
        return
    container, source, whence = (sys.argv[4:] + [""])[:3]
    if form == "table":
        container = container[:SHOWN]
    want, until = wanted(table_path, container, source, False), time.monotonic() + DEADLINE
    got = counted(form, path)
    while (whence == "watched" or form in ("syslog", "journal")) and got != want and time.monotonic() < until:
        time.sleep(0.1)
        got = counted(form, path)
    compare(f"{form} {whence}".strip(), want, got)


if __name__ == "__main__":
    main()
