#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""prometheus.py BAILIFF PLACE EXAMPLES: a real Prometheus scrapes `bailiff run --metrics`, and the text
PLACE/all; what it holds then is what was done and what is written there, and it can evaluate all that the
alerts and the dashboard of EXAMPLES ask. Prints PASS and FAIL lines.
"""
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

CONFIG = """global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{examples}/alerts.yml"]
scrape_configs:
  - job_name: bailiff
    static_configs: [{{targets: ["127.0.0.1:{run}", "127.0.0.1:{text}"]}}]
"""
VIOLATE = 'for i in 1 2 3; do mkdir "$1/no"; done 2>/dev/null; rmdir "$1/none" 2>/dev/null; exec sleep 120'
failed = 0


def say(name, good, why=""):
    global failed
    failed += not good
    print(f"PASS {name}" if good else f"FAIL {name}: {why}", flush=True)


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def serve(text, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Prometheus:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/api/v1/"

    def ask(self, what, **words):
        query = urllib.parse.urlencode(words)
        try:
            with urllib.request.urlopen(f"{self.base}{what}?{query}", timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            body = error.read()
            return json.loads(body) if body.startswith(b"{") else {"status": "not ready"}
        except OSError:
            return {"status": "unreachable"}

    def query(self, expr):
        answer = self.ask("query", query=expr)
        return answer["data"]["result"] if answer["status"] == "success" else answer.get("error", "")

    def number(self, expr):
        rows = self.query(expr)
        return float(rows[0]["value"][1]) if rows and isinstance(rows, list) else None


def wait(condition, seconds=60):
    until = time.time() + seconds
    while not condition() and time.time() < until:
        time.sleep(0.3)
    return condition()


def expressions(dashboard):
    """Each as Grafana would send it, with all hosts and policies chosen."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield "annotation " + annotation["name"], annotation["expr"]


def filled(expr):
    for name, value in (("$__rate_interval", "5s"), ("$__range", "5s"), ("$instance", ".*"),
                        ("$policy", ".*")):
        expr = expr.replace(name, value)
    return expr


def check_text(server, text, instance):
    """What the text says, line by line, by a reader that is not the writer's."""
    sums = {}
    for line in text.decode().splitlines():
        if not line.startswith("#"):
            name = re.match(r"\w+", line).group(0)
            series, total = sums.get(name, (0, 0))
            sums[name] = (series + 1, total + float(line.rsplit(" ", 1)[1]))
    wrong = []
    for name, (series, total) in sums.items():
        got = (server.number(f'count({name}{{instance="{instance}"}})'),
               server.number(f'sum({name}{{instance="{instance}"}})'))
        if got != (series, total):
            wrong.append(f"{name}: {got}, not {(series, total)}")
    say("prometheus-has-every-series", sums and not wrong, "; ".join(wrong))
    labels = server.ask("label/kind/values")["data"]
    say("prometheus-has-hostile-names", "umlaut ä€\U0001f600" in labels and
        'quote"} 1\\x0abailiff_violations_total 99' in labels, labels)


def check(server, text, run, fixed):
    say("prometheus-scrapes", wait(lambda: server.number("sum(up)") == 2.0),
        [t.get("lastError") for t in server.ask("targets").get("data", {}).get("activeTargets", [])])
    query = f'bailiff_violations_total{{instance="{run}",policy="demo",verdict="denied"}}'
    say("prometheus-counts-what-was-done", wait(lambda: server.number(f"sum({query})") == 4.0),
        server.query(query))
    wait(lambda: (server.number(f'count_over_time(up{{instance="{fixed}"}}[1h])') or 0) > 4)
    check_text(server, text, fixed)


def check_dashboard(server, examples):
    with open(os.path.join(examples, "dashboard.json"), encoding="utf-8") as f:
        dashboard = json.load(f)
    asked = list(expressions(dashboard))
    wrong = [f"{title}: {expr}: {rows}" for title, expr in asked
             for rows in [server.query(filled(expr))]
             if not isinstance(rows, list) or (not rows and not title.startswith("annotation"))]
    say("prometheus-answers-the-dashboard", len(asked) > 20 and not wrong, "; ".join(wrong))
    say("prometheus-refuses-what-is-wrong", server.query("sum(") not in ([], None) and
        server.query("bailiff_nothing") == [])


def check_alerts(server):
    def rules():
        groups = server.ask("rules").get("data", {}).get("groups", [])
        return [rule for group in groups for rule in group["rules"]]

    say("prometheus-evaluates-the-alerts",
        wait(lambda: rules() and all(rule["health"] == "ok" for rule in rules())),
        [(rule["name"], rule.get("lastError")) for rule in rules() if rule["health"] != "ok"])
    firing = {a["labels"]["alertname"] for a in server.ask("alerts")["data"]["alerts"]}
    say("prometheus-would-tell", {"BailiffDenials", "BailiffRecordsLost"} <= firing and
        not firing & {"BailiffAway", "BailiffNotLoaded", "BailiffNotReading"}, sorted(firing))


def main():
    bailiff, place, examples = sys.argv[1], sys.argv[2], os.path.abspath(sys.argv[3])
    run, fixed, own = free_ports(3)
    with open(os.path.join(place, "all"), "rb") as f:
        text = f.read()
    serve(text, fixed)
    with open(os.path.join(place, "prometheus.yml"), "w", encoding="utf-8") as f:
        f.write(CONFIG.format(examples=examples, run=run, text=fixed))
    started = [
        subprocess.Popen([bailiff, "run", "-p", f"{place}/policy.yaml", "--report", f"{place}/report-2",
                          "--metrics", f"127.0.0.1:{run}", "--", "sh", "-c", VIOLATE, "sh", place]),
        subprocess.Popen(["prometheus", f"--config.file={place}/prometheus.yml",
                          f"--storage.tsdb.path={place}/data", "--log.level=error",
                          f"--web.listen-address=127.0.0.1:{own}"])]
    try:
        server = Prometheus(own)
        check(server, text, f"127.0.0.1:{run}", f"127.0.0.1:{fixed}")
        check_dashboard(server, examples)
        check_alerts(server)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
