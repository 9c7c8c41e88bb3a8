#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the tables in data/ into C: gen.py DATA_DIR OUTPUT.c

facts.py reads and checks them; the structures are declared in tables.h.
"""
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

from facts import (ABIS, Bad, each_args, load_aliases, load_calls, load_constants, load_families, load_groups, need, number, Pool)  # noqa: E402


class Writer:
    def __init__(self):
        self.lines = []

    def add(self, text):
        self.lines.append(text)

    def table(self, declaration, items, per_line=1):
        self.add(f"{declaration} = {{")
        for start in range(0, len(items), per_line):
            self.add("\t" + " ".join(item + "," for item in items[start:start + per_line]))
        self.add("};\n")


def write_calls(out, calls, pool):
    arrays, rows_of_args = {}, []
    for call in calls.values():
        for args in each_args(call):
            items = [arg.to_c(pool) for arg in args]
            if args and tuple(items) not in arrays:
                arrays[tuple(items)] = len(rows_of_args)
                rows_of_args += items
    need(len(rows_of_args) < 1 << 16, "too many arguments for 16-bit indexes")
    out.table("const struct arg_row arg_rows[]", rows_of_args)
    items, by_name, bounds = [], [], []
    for abi in ABIS:
        here = sorted((c for c in calls.values() if abi in c.numbers), key=lambda c: c.numbers[abi])
        bounds.append(f"[ARCH_{abi.upper()}] = {{ {len(items)}, {len(here)} }}")
        for call in here:
            args = call.args[abi]
            first = arrays[tuple(arg.to_c(pool) for arg in args)] if args else 0
            count = -1 if args is None else len(args)
            items.append(f"{{ {call.numbers[abi]:#x}, {pool.at(call.name)}, "
                         f"{pool.at(call.since)}, {first}, {count} }}")
        by_name += [str(i) for i in sorted(range(len(here)), key=lambda i: here[i].name)]
    out.table("const struct call_row call_rows[]", items, 2)
    out.table("const uint16_t calls_by_name[]", by_name, 16)
    out.table("const struct abi_row abi_rows[ARCH_COUNT]", bounds)
    out.add(f"struct name_arg built_args[{len(rows_of_args)}];")
    out.add(f"struct name_call built_calls[{len(items)}];\n")


def write_groups(out, calls, groups, pool):
    historic = {name for members in groups.values() for name in members} - set(calls)
    lists = (("real_calls", sorted(calls)), ("historic_calls", sorted(historic)),
             ("group_names", sorted(groups)))
    for symbol, names in lists:
        out.table(f"const uint16_t {symbol}[]", [str(pool.at(name)) for name in names], 16)
        out.add(f"const size_t {symbol}_count = {len(names)};\n")
    members, bounds = [], []
    for group in sorted(groups):
        bounds.append(f"{{ {len(members)}, {len(groups[group])} }}")
        for name, owner in sorted(groups[group].items()):
            members.append(f"{{ {pool.at(name)}, {pool.at(owner)} }}")
    out.table("const struct member_row member_rows[]", members, 8)
    out.table("const struct group_row group_rows[]", bounds, 8)
    out.add(f"struct name_member built_members[{len(members)}];")
    out.add(f"const char *built_groups[{len(groups)}];\n")


def write_constants(out, constants):
    ordered = [constants[name] for name in sorted(constants)]
    need(len(ordered) < 1 << 16, "too many constants for 16-bit indexes")
    offsets, pool = [], 0
    out.add("const char constant_pool[] =")
    for constant in ordered:
        need(constant.name.isidentifier(), f"{constant.name!r}: not a C name")
        offsets.append(pool)
        pool += len(constant.name) + 1
        out.add(f'\t"{constant.name}\\0"')
    out.add("\t;\n")
    need(pool < 1 << 24, "the pool of names is too large for 24 bits")
    items = []
    for constant, offset in zip(ordered, offsets):
        value = 0 if constant.special() else constant.value
        items.append(f"{{ {offset}, {int(constant.special())}, {int(constant.negative)}, "
                     f"{value:#x} }}")
    out.table("const struct constant constants[]", items, 4)
    out.add(f"const size_t constants_count = {len(ordered)};\n")
    items = []
    for constant in ordered:
        if constant.special():
            values = [constant.values[abi] for abi in ABIS]
            here = sum(1 << i for i, value in enumerate(values) if value is not None)
            items.append(f"{{ {constant.index}, {here:#x}, "
                         f"{{ {', '.join(f'{v or 0:#x}' for v in values)} }} }}")
    out.table("const struct constant_special constants_special[]", items)
    out.add(f"const size_t constants_special_count = {len(items)};\n")


def write_small(out, constants):
    errnos, caps = {}, {}
    for constant in constants.values():
        if constant.family == "errno":
            errnos.setdefault(constant.value, constant)
        elif constant.family == "capability":
            need(constant.name.startswith("CAP_"), f"{constant.name}: not a capability")
            need(constant.value not in caps, f"{constant.name}: the number is taken")
            caps[constant.value] = constant
    need(0 not in errnos and max(errnos) < 4096, "errno out of range")
    need(sorted(caps) == list(range(len(caps))), "the capabilities have holes")
    items = [f"[{value}] = {errnos[value].index + 1}" for value in sorted(errnos)]
    out.table("const uint16_t errno_constants[]", items, 6)
    out.add(f"const size_t errno_count = {max(errnos) + 1};\n")
    names = [constants[c.name].index for c in constants.values() if c.family == "errno"]
    out.table("const uint16_t errno_names[]", [str(i) for i in sorted(names)], 12)
    out.add(f"const size_t errno_names_count = {len(names)};\n")
    out.table("const uint16_t cap_constants[NAMES_CAP_COUNT]",
              [str(caps[value].index) for value in sorted(caps)], 12)
    out.add(f"_Static_assert(NAMES_CAP_COUNT == {len(caps)}, \"NAMES_CAP_COUNT is out of date\");")


def write_specs(out, specs):
    names, fields, items = [], [], ["{ 0, 0 }"]
    for spec in specs:
        items.append(f"{{ {len(fields)}, {len(spec)} }}")
        for field in spec:
            fields.append(f"{{ DECODE_{field.how.upper()}, {field.mask:#x}, "
                          f"{len(names)}, {len(field.names)} }}")
            names += [str(constant.index) for constant in field.names]
    need(len(names) < 1 << 16, "too many names to decode for 16-bit indexes")
    out.table("const uint16_t decode_names[]", names, 16)
    out.table("const struct decode_field decode_fields[]", fields, 2)
    out.table("const struct decode_spec decode_specs[]", items, 8)


def main():
    need(len(sys.argv) == 3, "usage: gen.py DATA_DIR OUTPUT.c")
    data, target = sys.argv[1:]
    calls = load_calls(data)
    load_aliases(data, calls)
    constants = load_constants(data)
    specs = load_families(data, calls, constants)
    groups = load_groups(data)
    out = Writer()
    out.add("/* SPDX-License-Identifier: Apache-2.0 */")
    out.add("/* Written by enforcer/names/gen.py: edit enforcer/names/data/ instead. */")
    out.add('#include "tables.h"\n')
    pool = Pool()
    write_calls(out, calls, pool)
    write_groups(out, calls, groups, pool)
    pool.write(out)
    write_constants(out, constants)
    write_small(out, constants)
    write_specs(out, specs)
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(target + ".tmp", "w", encoding="ascii") as file:
        file.write("\n".join(out.lines))
        file.write("\n")
    os.replace(target + ".tmp", target)


if __name__ == "__main__":
    try:
        main()
    except (Bad, OSError, UnicodeDecodeError) as error:
        sys.exit(f"gen.py: {error}")
