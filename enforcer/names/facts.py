# SPDX-License-Identifier: Apache-2.0
"""The tables in data/, read for gen.py.

Every fact is checked against the others on the way, and the first
contradiction ends the build: a wrong row here is a hole in somebody's filter.
"""
import fnmatch
import os

ABIS = ["x86_64", "i386", "x32", "aarch64"]
X32_BIT = 0x40000000
KINDS = {"s": "KIND_SCALAR", "p": "KIND_POINTER", "f": "KIND_FD", "b": "KIND_BITS"}
WIDTHS = (16, 32, 64)


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def rows(directory, name, columns):
    """The rows of a table as tuples, after a check of its header and shape."""
    path = os.path.join(directory, name)
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    need(lines[-1] == "", f"{name}: no newline at the end")
    need(lines[0] == "#" + "\t".join(columns), f"{name}: the header is not {columns}")
    result = []
    for number, line in enumerate(lines[1:-1], 2):
        cells = line.split("\t")
        where = f"{name}:{number}"
        need(len(cells) == len(columns), f"{where}: {len(cells)} columns, not {len(columns)}")
        need(all(cells), f"{where}: an empty cell")
        result.append((where, *cells))
    return result


def number(text, where, limit=1 << 64):
    try:
        value = int(text, 0)
    except ValueError:
        raise Bad(f"{where}: {text!r} is no number") from None
    need(0 <= value < limit, f"{where}: {text} is out of range")
    return value


class Pool:
    """Names, each once and known by its offset; 0 is no name."""

    def __init__(self):
        self.offsets, self.size = {}, 1

    def at(self, text):
        if text is None:
            return 0
        if text not in self.offsets:
            need(all(32 <= ord(c) < 127 and c not in '"\\' for c in text),
                 f"{text!r}: not a plain name")
            self.offsets[text] = self.size
            self.size += len(text) + 1
        return self.offsets[text]

    def write(self, out):
        need(self.size <= 1 << 16, "the pool of names is too large for 16 bits")
        out.add('const char name_pool[] =\n\t"\\0"')
        for text in self.offsets:
            out.add(f'\t"{text}\\0"')
        out.add("\t;\n")


class Arg:
    """One argument. Its C text is also its identity when arrays are shared."""

    def __init__(self, name, ctype, width, kind):
        self.name, self.ctype, self.width, self.kind = name, ctype, width, kind
        self.narrow = "NARROW_NO"
        self.aliases = []
        self.family = 0

    def copy(self):
        other = Arg(self.name, self.ctype, self.width, self.kind)
        other.narrow, other.family = self.narrow, self.family
        other.aliases = list(self.aliases)
        return other

    def to_c(self, pool):
        first, second = (self.aliases + [None, None])[:2]
        return (f"{{ {pool.at(self.name)}, {pool.at(first)}, {pool.at(second)}, "
                f"{pool.at(self.ctype)}, {self.family}, {self.width}, {KINDS[self.kind]}, "
                f"{self.narrow} }}")


def parse_args(where, nargs, args, width, kind):
    """None when the arguments are unknown, else a list of Arg."""
    if nargs == "-":
        need((args, width, kind) == ("-", "-", "-"), f"{where}: arguments without a count")
        return None
    count = number(nargs, where, 7)
    if count == 0:
        need((args, width, kind) == ("-", "-", "-"), f"{where}: arguments of a call without any")
        return []
    parts, widths, kinds = args.split(","), width.split(","), kind.split(",")
    need(len(parts) == len(widths) == len(kinds) == count, f"{where}: the lists differ in length")
    result = []
    for part, bits, letter in zip(parts, widths, kinds):
        name, colon, ctype = part.partition(":")
        need(colon and name.isidentifier() and ctype, f"{where}: {part!r} is not name:type")
        need(letter in KINDS, f"{where}: unknown kind {letter!r}")
        bits = number(bits, where)
        need(bits in WIDTHS, f"{where}: width {bits}")
        need(letter != "p" or bits >= 32, f"{where}: a pointer of {bits} bits")
        result.append(Arg(name, ctype, bits, letter))
    names = [arg.name for arg in result]
    need(len(set(names)) == len(names), f"{where}: two arguments of one name")
    return result


def apply_narrow(where, args, narrow):
    if narrow == "-":
        return
    by_name = {arg.name: arg for arg in args or []}
    for part in narrow.split(","):
        name, _, bits = part.partition("=")
        need(name in by_name, f"{where}: narrow names no argument: {part}")
        arg = by_name[name]
        need(bits in ("32", "32?"), f"{where}: narrow is {bits!r}")
        need(arg.width == 64 or bits == "32?", f"{where}: {name} is not wider than that")
        if bits == "32":
            arg.narrow, arg.width = "NARROW_ALWAYS", 32
        elif arg.width > 32:
            arg.narrow = "NARROW_SOMETIMES"


class Call:
    def __init__(self, name, since, numbers, args, where):
        self.name, self.since, self.numbers, self.where = name, since, numbers, where
        self.args = {abi: args for abi in numbers}


def i386_args(args):
    """The same list as a 32-bit caller passes it: nothing is wider than 32."""
    if args is None:
        return None
    result = [arg.copy() for arg in args]
    for arg in result:
        if arg.width > 32:
            arg.width = 32
        arg.narrow = "NARROW_NO"
    return result


def load_calls(data):
    calls, taken = {}, {}
    columns = ("name", *ABIS, "since", "nargs", "args", "width", "kind", "narrow", "notes")
    for where, name, *cells in rows(data, "syscalls.tsv", columns):
        numbers = {}
        for abi, cell in zip(ABIS, cells[:4]):
            if cell == "-":
                continue
            nr = number(cell, where, 1 << 31)
            need((nr & X32_BIT != 0) == (abi == "x32"), f"{where}: the x32 bit on {abi}")
            need((abi, nr) not in taken, f"{where}: {abi} {nr} is {taken.get((abi, nr))} already")
            taken[abi, nr] = name
            numbers[abi] = nr
        need(numbers, f"{where}: {name} is on no ABI")
        need(name not in calls, f"{where}: {name} twice")
        args = parse_args(where, *cells[5:9])
        apply_narrow(where, args, cells[9])
        calls[name] = Call(name, cells[4], numbers, args, where)
    for call in calls.values():
        if "i386" in call.numbers:
            call.args["i386"] = i386_args(call.args["i386"])
    columns = ("name", "abi", "number", "entry", "nargs", "args", "width", "kind")
    seen = set()
    for where, name, abi, nr, _entry, *cells in rows(data, "syscalls-abi.tsv", columns):
        need((name, abi) not in seen, f"{where}: {name} on {abi} twice")
        seen.add((name, abi))
        need(name in calls and calls[name].numbers.get(abi) == number(nr, where),
             f"{where}: {name} has another number on {abi}")
        main = {arg.name: arg for arg in calls[name].args[abi] or []}
        args = parse_args(where, *cells)
        for arg in args:
            need(abi != "i386" or arg.width <= 32, f"{where}: {arg.name} is too wide for i386")
            # What the kernel narrows is the same code under every entry.
            if arg.width == 64 and arg.name in main and main[arg.name].narrow != "NARROW_NO":
                arg.narrow, arg.width = main[arg.name].narrow, main[arg.name].width
        calls[name].args[abi] = args
    return calls


def base_call(calls, name):
    """The call that a 64-bit or 32-bit variant repeats: its row speaks for both."""
    for suffix in ("_time64", "64", "32"):
        if name.endswith(suffix) and name[:-len(suffix)] in calls:
            return name[:-len(suffix)]
    return None


def each_args(call):
    """Every distinct argument list of a call, once."""
    unique = {id(args): args for args in call.args.values() if args is not None}
    return list(unique.values())


def load_aliases(data, calls):
    man = {}
    for where, name, args, manargs in rows(data, "argnames-man.tsv", ("name", "args", "manargs")):
        need(name in calls, f"{where}: no call {name}")
        kernel, manual = args.split(","), manargs.split(",")
        lists = [[arg.name for arg in one] for one in each_args(calls[name])]
        need(kernel in lists, f"{where}: {name} has other arguments")
        need(len(kernel) == len(manual), f"{where}: the lists differ in length")
        for arg, alias in zip(kernel, manual):
            need((name, arg) not in man, f"{where}: {name} {arg} twice")
            man[name, arg] = alias
    more = {}
    for where, names, arg, aliases in rows(data, "argnames-more.tsv", ("calls", "arg", "names")):
        for name in names.split(","):
            need(name == "*" or name in calls, f"{where}: no call {name}")
            need(name == "*" or any(a.name == arg for l in each_args(calls[name]) for a in l),
                 f"{where}: {name} has no argument {arg}")
            need((name, arg) not in more, f"{where}: {name} {arg} twice")
            more[name, arg] = aliases.split(",")
    for call in calls.values():
        for args in each_args(call):
            alias_list(calls, call, args, man, more)


def alias_list(calls, call, args, man, more):
    owners = [call.name, base_call(calls, call.name)]
    taken = {}
    for arg in args:
        for name in {arg.name, arg.name.lstrip("_")}:
            taken[name] = arg
    wanted = []
    for arg in args:
        for owner in owners:
            if (owner, arg.name) in man:
                wanted.append((arg, man[owner, arg.name], "man"))
                break
    for arg in args:
        for owner in owners:
            for alias in more.get((owner, arg.name), []):
                wanted.append((arg, alias, "named"))
    for arg in args:
        for alias in more.get(("*", arg.name), []):
            wanted.append((arg, alias, "any"))
    for arg, alias, source in wanted:
        need(alias.isidentifier(), f"{call.name}: {alias!r} is no name")
        # Some man names are another argument's kernel name: then the kernel's wins.
        if taken.setdefault(alias, arg) is not arg:
            need(source != "named", f"{call.name}: {alias} would name two arguments")
            continue
        if alias == arg.name or alias in arg.aliases:
            continue
        if len(arg.aliases) == 2:
            need(source == "any", f"{call.name}: {arg.name} has more than two aliases")
            continue
        arg.aliases.append(alias)


class Constant:
    def __init__(self, family, name, value):
        self.family, self.name, self.value = family, name, value
        self.values = {abi: value for abi in ABIS}  # None: not on that ABI
        self.negative = False
        self.index = None

    def special(self):
        first = self.values["x86_64"]
        return (first is None or first >> 32 != 0 or
                any(value != first for value in self.values.values()))


def load_constants(data):
    constants = {}
    for table in ("constants.tsv", "constants-more.tsv"):
        for where, family, name, value in rows(data, table, ("family", "name", "value")):
            need(name not in constants, f"{where}: {name} twice")
            constants[name] = Constant(family, name, number(value, where))
    seen = set()
    for where, family, name, *cells in rows(data, "constants-arch.tsv", ("family", "name", *ABIS)):
        need(name not in seen, f"{where}: {name} twice")
        seen.add(name)
        values = [None if cell == "-" else number(cell, where) for cell in cells]
        if name not in constants:
            need(values[0] is None, f"{where}: {name} is not in constants.tsv")
            constants[name] = Constant(family, name, None)
        constant = constants[name]
        need(constant.family == family and constant.value == values[0],
             f"{where}: {name} differs from constants.tsv")
        need(any(value is not None for value in values), f"{where}: {name} is nowhere")
        constant.values = dict(zip(ABIS, values))
    for where, name in rows(data, "constants-negative.tsv", ("name",)):
        need(name in constants, f"{where}: no constant {name}")
        value = constants[name].value
        need(value is not None and value >> 31 == 1, f"{where}: {name} is not negative in 32 bits")
        need(not constants[name].special(),
             f"{where}: {name} differs between ABIs")
        constants[name].negative = True
    for index, name in enumerate(sorted(constants)):
        constants[name].index = index
    return constants


class Field:
    """A part of an argument's value and the names for it."""

    def __init__(self, how, mask, names):
        self.how, self.mask, self.names = how, mask, names


def pick(where, source, families):
    """family:pattern,!pattern,... in the order of the patterns."""
    family, _, patterns = source.partition(":")
    need(family in families, f"{where}: no family {family}")
    members = families[family]
    wanted, unwanted = [], []
    for pattern in (patterns or "*").split(","):
        refuse = pattern.startswith("!")
        pattern = pattern.lstrip("!")
        found = [c for c in members if fnmatch.fnmatchcase(c.name, pattern)]
        need(found, f"{where}: {family} has nothing like {pattern}")
        (unwanted if refuse else wanted).extend(found)
    need(wanted, f"{where}: {source} names nothing")
    result = []
    for constant in wanted:
        if constant not in unwanted and constant not in result:
            result.append(constant)
    return result


def parse_field(where, text, families):
    head, _, sources = text.partition("=")
    how, _, mask = head.partition("/")
    need(how in ("value", "flags", "octal"), f"{where}: {how!r} is no way to decode")
    need((how == "octal") == (sources == ""), f"{where}: {text!r} lacks its constants")
    need(how != "flags" or not mask, f"{where}: flags take the bits that are left")
    names = []
    for source in sources.split("+") if sources else []:
        names += [c for c in pick(where, source, families) if c not in names]
    return Field(how, number(mask, where) if mask else None, names)


def check_fields(where, fields):
    """Fields must not overlap, nor hold constants with bits outside of them."""
    taken = 0
    whole = (1 << 64) - 1
    for field in fields:
        if field.how != "flags" and field.mask is not None:
            need(field.mask & taken == 0, f"{where}: two fields share bits")
            taken |= field.mask
    for field in fields:
        if field.how == "flags":
            field.mask = whole & ~taken
        elif field.mask is None:
            need(len(fields) == 1, f"{where}: a field without mask beside others")
            field.mask = whole
        for constant in field.names:
            for value in constant.values.values():
                need(value is None or value & ~field.mask == 0,
                     f"{where}: {constant.name} does not fit into its field")
                need(field.how != "flags" or value != 0, f"{where}: {constant.name} is no flag")
    need(sum(field.how == "flags" for field in fields) <= 1, f"{where}: flags twice")


def order_flags(field):
    """Names of several bits first (O_SYNC before O_DSYNC), else by value; one name a value."""
    best = {}
    for constant in field.names:
        key = tuple(constant.values[abi] for abi in ABIS)
        best.setdefault(key, constant)
    field.names = sorted(best.values(), key=lambda c: (-bin(c.value or 0).count("1"),
                                                       c.value or 0, c.name))


def load_families(data, calls, constants):
    families = {}
    for constant in constants.values():
        families.setdefault(constant.family, []).append(constant)
    specs, spec_of, numbers = [], {}, {}
    for where, names, arg, decode in rows(data, "arg-families.tsv", ("calls", "arg", "decode")):
        if decode not in numbers:
            fields = [] if decode == "-" else \
                [parse_field(where, text, families) for text in decode.split(" ")]
            check_fields(where, fields)
            for field in fields:
                if field.how == "flags":
                    order_flags(field)
            if fields:
                specs.append(fields)
            numbers[decode] = len(specs) if fields else 0
        for name in names.split(","):
            need(name == "*" or name in calls, f"{where}: no call {name}")
            found = [a for n, c in calls.items() if name in ("*", n)
                     for one in each_args(c) for a in one if a.name == arg]
            need(found, f"{where}: {name} has no argument {arg}")
            need((name, arg) not in spec_of, f"{where}: {name} {arg} twice")
            for field in specs[numbers[decode] - 1] if numbers[decode] else []:
                width = max(a.width for a in found)
                for constant in field.names:
                    need((constant.value or 0) >> width == 0,
                         f"{where}: {constant.name} is wider than {name} {arg}")
            spec_of[name, arg] = numbers[decode]
    for call in calls.values():
        owners = (call.name, base_call(calls, call.name), "*")
        for args in each_args(call):
            for arg in args:
                known = [spec_of[o, arg.name] for o in owners if (o, arg.name) in spec_of]
                arg.family = known[0] if known and arg.kind != "p" else 0
    return specs


def load_groups(data):
    direct = {}
    for where, group, member in rows(data, "groups.tsv", ("group", "member")):
        need(group.startswith("@"), f"{where}: {group} is no group name")
        members = direct.setdefault(group, [])
        need(member not in members, f"{where}: {member} twice")
        members.append(member)

    def expand(group, path):
        need(group in direct, f"groups.tsv: no group {group}")
        need(group not in path, f"groups.tsv: {group} holds itself")
        found = {}
        for member in direct[group]:
            depth, owner = len(path), group
            inner = expand(member, path + [group]) if member.startswith("@") else \
                {member: (depth, owner)}
            for name, (depth, owner) in inner.items():
                # The deepest group that lists it; by name where two are as deep.
                if name not in found or (-depth, owner) < (-found[name][0], found[name][1]):
                    found[name] = (depth, owner)
        return found

    return {group: {name: owner for name, (_, owner) in expand(group, []).items()}
            for group in direct}
