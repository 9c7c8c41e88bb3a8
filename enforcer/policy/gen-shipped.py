#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the policies of a directory as a C table: gen-shipped.py OUT FILE.yaml ..."""
import os
import sys


def quoted(data):
    lines = data.split(b"\n")
    for i, line in enumerate(lines):
        end = b"\n" if i + 1 < len(lines) else b""
        text = "".join(
            chr(c) if 32 <= c < 127 and c not in b'"\\?' else f"\\{c:03o}" for c in line + end
        )
        if text:
            yield f'\t"{text}"'


def main():
    out, files = sys.argv[1], sorted(sys.argv[2:])
    with open(out, "w", encoding="ascii") as f:
        f.write("/* Written by gen-shipped.py from policies/. */\n")
        f.write('#include "bailiff/policy.h"\n\n')
        f.write("static const struct policy_shipped shipped[] = {\n")
        for path in files:
            with open(path, "rb") as policy:
                data = policy.read()
            name = os.path.basename(path)[: -len(".yaml")]
            text = "\n".join(quoted(data)) or '\t""'
            f.write(f'\t{{"{name}",\n{text},\n\t {len(data)}}},\n')
        f.write("\t{NULL, NULL, 0},\n};\n\n")
        f.write("const struct policy_shipped *policy_shipped(size_t i)\n{\n")
        f.write("\treturn i + 1 < ARRAY_LEN(shipped) ? &shipped[i] : NULL;\n}\n")


main()
