#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""other.py BAILIFF OUT: the same program with other bytes in its BPF object's padding: another build.

The object lies in the program compressed, and must not take more room than before."""
import os
import sys
import zlib

ELF, PADDING, BPF = b"\x7fELF", range(9, 16), 247


def streams(data):
    """Offset, length and content of each BPF object in the program."""
    at = data.find(b"\x78\xda")
    while at >= 0:
        stream = zlib.decompressobj()
        try:
            text = stream.decompress(data[at:]) + stream.flush()
        except zlib.error:
            text = b""
        if text[:4] == ELF and text[18] == BPF:
            yield at, len(data) - at - len(stream.unused_data), text
        at = data.find(b"\x78\xda", at + 1)


def another(text, room):
    for place in PADDING:
        for value in range(1, 256):
            packed = zlib.compress(text[:place] + bytes([value]) + text[place + 1:], 9)
            if len(packed) <= room:
                return packed.ljust(room, b"\0")
    sys.exit("no other object is as small")


with open(sys.argv[1], "rb") as f:
    program = f.read()
(start, length, content), = streams(program)
with open(sys.argv[2], "wb") as f:
    f.write(program[:start] + another(content, length) + program[start + length:])
os.chmod(sys.argv[2], 0o755)
