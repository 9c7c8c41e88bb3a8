#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py ROOT: holds the rules of the house on a source tree (see CONTRIBUTING.md).

Each check first runs on small trees that break its rule, one way each, and must find every one:
a check that cannot fail is no check. Then it runs on ROOT. Prints PASS and FAIL lines.
"""
import os
import re
import subprocess
import sys
import tempfile

# A room may include the doors (include/bailiff/ROOM.h) of the layers below its own.
LAYERS = [["abi", "base", "diag", "log"], ["names", "doc", "proc"], ["policy"],
          ["filter", "oci", "event", "landlock", "ruleset"],
          ["sink", "image", "probe", "store", "suggest", "metrics"], ["launch", "lsm", "report"], ["load"], ["service"], ["commands"]]
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
BESIDE = {("diag", "base")}  # the one pair within a layer: diag's messages lie in base's arena
SHARED = {("ruleset", "bpf/verdict.h")}  # one source, in the kernel and here
LIBRARIES = {"yaml.h": {"doc"}, "jansson.h": {"oci", "event"}, "seccomp.h": set(),
             "zlib.h": {"image", "lsm"}, "sqlite3.h": {"store"}, "microhttpd.h": {"metrics"}, "bpf/libbpf.h": {"lsm"}, "bpf/bpf.h": {"lsm"},
             "bpf/btf.h": {"lsm", "probe"}}
PRINTING = re.compile(r"\b(?:(?:v?printf|puts|putchar|perror|psignal|v?warnx?|v?errx?)\s*\(|stdout\b|"
                      r"stderr\b|v?dprintf\s*\(\s*(?:[12]|STD(?:OUT|ERR)_FILENO)\b|"
                      r"write\s*\(\s*(?:[12]|STD(?:OUT|ERR)_FILENO)\b)")
EXITING = re.compile(r"\b(?:exit|quick_exit|v?errx?)\s*\(")
MAX_FUNCTION = 80
MAX_FILE = 600
TOP = {"Makefile", "enforcer", "bpf", "policies", "include", "tests", "examples", "README.md",
       "LICENSE", "CONTRIBUTING.md", ".ci"}
SOURCES = (".c", ".h", ".py", ".sh", ".mk")


def without_comments(text, strings=True):
    """The C text with comments blanked out (and what literals hold, and directives), lines kept."""
    def blank(match):
        token = match.group(0)
        if token[0] == "/":
            return " " + "\n" * token.count("\n")
        return token if strings else token[0] + token[-1]

    text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.S)
    if not strings:
        text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: "\n" * m.group(0).count("\n"), text,
                      flags=re.M)
    return text


class Tree:
    """A source tree: its files (those that git tracks, and new ones), and what is written there."""

    def __init__(self, root):
        self.root = root
        self.tracked = self.listed("--cached") or self.walked()
        self.files = self.listed("--cached", "--others", "--exclude-standard") or self.tracked

    def listed(self, *which):
        try:
            done = subprocess.run(["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z",
                                   *which], capture_output=True, check=True, text=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return sorted(f for f in set(done.stdout.split("\0"))
                      if f and os.path.exists(os.path.join(self.root, f)))

    def walked(self):
        found = []
        for place, dirs, names in os.walk(self.root):
            dirs[:] = [d for d in dirs if d not in (".git", "build")]
            found += [os.path.relpath(os.path.join(place, n), self.root) for n in names]
        return sorted(found)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as f:
            return f.read()

    def c_files(self, *folders):
        return [f for f in self.files if f.endswith((".c", ".h")) and f.startswith(folders)]


def room_of(path):
    """The room that a file belongs to; "main" for enforcer/main.c, None beside the rooms."""
    match = re.match(r"enforcer/([^/]+)/", path) or re.match(r"include/bailiff/([^/]+)\.h$", path)
    return match.group(1) if match else "main" if path == "enforcer/main.c" else None


def includes(tree, path):
    for number, line in enumerate(without_comments(tree.read(path)).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), '"' in line


def check_layers(tree):
    for path in tree.c_files("enforcer/", "include/"):
        room = room_of(path)
        if room is None or (room != "main" and room not in LAYER):
            yield f"{path}: belongs to no room of the table"
            continue
        for number, name, quoted in includes(tree, path):
            door = re.match(r"bailiff/([^/]+)\.h$", name)
            if door and room != "main":
                other = door.group(1)
                if other != room and (room, other) not in BESIDE and \
                        LAYER.get(other, 99) >= LAYER[room]:
                    yield f"{path}:{number}: {room} may not include {name}"
            elif not door and quoted and room != "main" and (room, name) not in SHARED and \
                    not own_header(tree, path, name):
                yield f"{path}:{number}: \"{name}\" is not a header of {room}'s own"


def own_header(tree, path, name):
    """A private header beside the file, or a generated one, whose name begins with the room's."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    room = room_of(path)
    if beside in tree.files:
        return room_of(beside) == room and path.startswith("enforcer/")
    return re.match(rf"{room}[-_/.]", name) is not None and ".." not in name


def check_libraries(tree):
    for path in tree.c_files("enforcer/", "include/"):
        for number, name, _ in includes(tree, path):
            if name in LIBRARIES and room_of(path) not in LIBRARIES[name]:
                yield f"{path}:{number}: only {' and '.join(sorted(LIBRARIES[name]))} may include " \
                      f"<{name}>"


def search_rooms(tree, pattern, allowed):
    for path in tree.c_files("enforcer/", "include/"):
        if room_of(path) in allowed:
            continue
        lines = without_comments(tree.read(path), strings=False).split("\n")
        for number, line in enumerate(lines, 1):
            match = pattern.search(line)
            if match:
                yield f"{path}:{number}: {match.group(0).rstrip('( ')}"


def check_printing(tree):
    return search_rooms(tree, PRINTING, {"commands", "main"})


def check_exiting(tree):
    return search_rooms(tree, EXITING, {"main"})


def functions(text):
    """Yields the name, first line and length in lines of each function; tables in it don't count."""
    text = without_comments(text, strings=False)
    depth, parens, start, head = 0, 0, None, ""
    line, name, first, last, tables, table = 1, "", 0, "", 0, None
    for c in text:
        line += c == "\n"
        if depth == 0:
            if c in ";}" and parens == 0:
                start, head = None, ""
                continue
            start = line if start is None and not c.isspace() else start
            parens += (c == "(") - (c == ")")
            if c == "{":
                name, first, tables, table = function_name(head), start, 0, None
            head += c
        if c == "{":
            if last == "=" and depth and table is None:
                table = (depth, line)
            depth += 1
        elif c == "}" and depth:
            depth -= 1
            if table and table[0] == depth:
                tables, table = tables + line - table[1], None
            if depth == 0:
                if name:
                    yield name, first, line - first + 1 - tables
                start, head, name = None, "", ""
        last = last if c.isspace() else c


def function_name(head):
    """Of what stands before a brace: the function's name, or "" where it is no function."""
    found = re.search(r"(\w+)\s*\(", head)
    flat = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "()", head)
    return found.group(1) if found and "=" not in flat and ")" in flat else ""


def check_functions(tree):
    for path in tree.c_files("enforcer/", "include/", "tests/", "bpf/", "examples/"):
        for name, first, length in functions(tree.read(path)):
            if length > MAX_FUNCTION:
                yield f"{path}:{first}: {name} has {length} lines"


def check_files(tree):
    for path in tree.files:
        if path.endswith(SOURCES) or path == "Makefile":
            length = tree.read(path).count("\n")
            if length > MAX_FILE:
                yield f"{path}: has {length} lines"


def check_top(tree):
    top = {path.split("/")[0] for path in tree.tracked}
    yield from (f"{name}: does not belong there" for name in sorted(top - TOP) if name[0] != ".")
    yield from (f"{name}: is missing" for name in sorted(TOP - top))


def check_licences(tree):
    for path in tree.files:
        # abi.h is compiled into the kernel's side too.
        kernel = path.startswith("bpf/") or path == "include/bailiff/abi.h"
        wanted = "GPL-2.0-only OR BSD-2-Clause" if kernel else "Apache-2.0"
        if path.endswith(SOURCES) or path in ("Makefile", ".ci/run"):
            head = "".join(tree.read(path).splitlines(True)[:3])
            if f"SPDX-License-Identifier: {wanted}" not in head:
                yield f"{path}: no SPDX line that says {wanted}"


LONG = "static int long_one(int a,\n\t\t    int b)\n{\n" + "\ta += b;\n" * 76 + "\treturn a;\n}\n"
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# name, check, what is good, and what must be found bad: each a file of a tree of its own.
CHECKS = [
    ("layers", check_layers,
     {"enforcer/filter/f.c": '#include "bailiff/filter.h"\n#include "bailiff/policy.h"\n#include "f.h"\n'
                             '#include "filter_tables.h"\n/*\n#include "bailiff/launch.h"\n*/\n',
      "enforcer/filter/f.h": "#include <bailiff/base.h>\n",
      "include/bailiff/diag.h": '#include "bailiff/base.h"\n',
      "enforcer/ruleset/r.c": '#include "bpf/verdict.h"\n',
      "enforcer/main.c": '#include "commands/commands.h"\n'},
     [("enforcer/filter/f.c", '#include "bpf/verdict.h"\n'),
      ("enforcer/ruleset/r.c", '#include "bpf/lsm.h"\n'),
      ("enforcer/doc/d.c", '#include "bailiff/policy.h"\n'),
      ("enforcer/filter/f.c", "#include <bailiff/oci.h>\n"),
      ("enforcer/filter/f.c", '#\tinclude "bailiff/nothing.h"\n'),
      ("include/bailiff/names.h", '#include "bailiff/doc.h"\n'),
      ("include/bailiff/base.h", '#include "bailiff/diag.h"\n'),
      ("enforcer/policy/p.c", '#include "../doc/doc_private.h"\n'),
      ("enforcer/policy/p.c", '#include "names_tables.h"\n'),
      ("enforcer/sink/s.c", '#include "bailiff/launch.h"\n'),
      ("enforcer/attic/a.c", ""),
      ("enforcer/loose.c", "")]),
    ("libraries", check_libraries,
     {"enforcer/doc/d.c": "#include <yaml.h>\n", "enforcer/oci/o.c": "#include <jansson.h>\n",
      "enforcer/launch/l.c": "#include <linux/seccomp.h>\n"},
     [("enforcer/policy/p.c", "#include <yaml.h>\n"), ("enforcer/launch/l.c", "#include <seccomp.h>\n"), ("enforcer/commands/c.c", "#include <jansson.h>\n"),
      ("include/bailiff/filter.h", "# include <seccomp.h>\n"), ("enforcer/main.c", '#include "zlib.h"\n')]),
    ("printing", check_printing,
     {"enforcer/commands/c.c": "printf(x);\n", "enforcer/main.c": "fputs(x, stderr);\n",
      "enforcer/diag/d.c": 'fprintf(out, "stdout printf(");\nsnprintf(a);\n/* printf() */ vsnprintf(b);\n'
                           "dprintf(fd, x); diag_puts(3); is_stdout(x); write(fd, a, 1);\n"},
     [("enforcer/filter/f.c", 'printf ("x");\n'), ("enforcer/filter/f.c", "fprintf(stderr, x);\n"),
      ("enforcer/filter/f.c", "puts(x);\n"), ("enforcer/doc/d.c", "out = stdout;\n"),
      ("enforcer/doc/d.c", "perror(x);\n"), ("enforcer/sink/s.c", "write(STDERR_FILENO, a, 1);\n"),
      ("enforcer/sink/s.c", "dprintf(2, x);\n"), ("enforcer/sink/s.c", "warnx(x);\n")]),
    ("exiting", check_exiting,
     {"enforcer/main.c": "exit(1);\n", "enforcer/launch/l.c": "_exit(127); on_exit_do(exit_group);\n"
                                                              "/* exit(1) */ x = \"exit(1)\";\n"},
     [("enforcer/commands/c.c", "exit(1);\n"), ("enforcer/base/b.c", "err (1, x);\n"),
      ("enforcer/launch/l.c", "quick_exit(1);\n")]),
    ("functions", check_functions,
     {"enforcer/base/b.c": LONG.replace("\ta += b;\n", "", 1) + "static const int table[] = {\n" +
      "\t1,\n" * 200 + "};\n#define M(x) \\\n\t{ \\\n" + "\tx; \\\n" * 90 + "\t}\n"
      "struct s {\n" + "\tint a;\n" * 90 + "};\nint f(void)\n{\n\tint t[] = {\n" + "\t\t{1},\n" * 90 + "\t};\n}\n"},
     [("enforcer/base/b.c", LONG), ("tests/base/t.c", "int x;\n\n" + LONG),
      ("tests/base/t.c", LONG.replace("static int long_one(int a,\n\t\t    int b)",
                                      "Test(a, b, .init = setup,\n     .fini = none)")),
      ("tests/base/t.c", LONG.replace("\ta += b;\n", "\tint t[] = {\n\t\t1,\n\t};\n", 1)),
      ("enforcer/base/b.c", LONG.replace("\ta += b;", '\ta += "}" + \'}\'; /* } */', 5))]),
    ("files", check_files, {"enforcer/base/b.c": "x\n" * MAX_FILE, "enforcer/names/t.tsv": "x\n" * 999},
     [("enforcer/base/b.c", "x\n" * (MAX_FILE + 1)), ("tests/x.py", "x\n" * (MAX_FILE + 1)),
      ("Makefile", "x\n" * (MAX_FILE + 1))]),
    ("top", check_top, {**{name + ("" if "." in name[1:] or name.isupper() or name == "Makefile" else "/x"): ""
                           for name in TOP}, ".editorconfig": ""},
     [("src/x.c", ""), ("NOTES.md", "")]),
    ("licences", check_licences,
     {"enforcer/base/b.c": SPDX, "bpf/x.h": "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n",
      "tests/x.sh": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", "README.md": ""},
     [("include/bailiff/x.h", "#ifndef X\n"), ("bpf/y.h", SPDX), ("tests/y.py", "\n"), (".ci/run", "make\n"),
      ("enforcer/base/c.c", "\n" * 9 + SPDX)]),
]


def planted(files):
    """What a check would say of a tree of these files."""
    def judge(check):
        with tempfile.TemporaryDirectory(prefix="layers.") as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                    f.write(text)
            return list(check(Tree(root)))
    return judge


def main():
    tree, failed = Tree(sys.argv[1]), 0

    def say(name, problems):
        nonlocal failed
        failed += bool(problems)
        print(f"FAIL {name}: {'; '.join(problems)}" if problems else f"PASS {name}")

    for name, check, good, bad in CHECKS:
        wrong = [f"finds fault with what is right: {p}" for p in planted(good)(check)]
        wrong += [f"does not find {path}: {text[-60:]!r}" for path, text in bad
                  if len(planted({**good, path: text})(check)) == 0]
        say(f"{name}-can-fail", wrong)
        say(name, list(check(tree)))
    missing = planted({"README.md": ""})(check_top)
    say("top-misses-what-is-missing", [] if len(missing) == len(TOP) - 1 else missing)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
