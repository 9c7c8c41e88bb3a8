# SPDX-License-Identifier: Apache-2.0
"""Small changes of C source: every one that can be made in a text, as a reader of tokens sees it.

Nothing here parses C. What would not be C any more, or would not pass the compiler's warnings, is found
by compiling it; comments, strings, #include and the like, and the declarations of types are left alone.
"""
import bisect
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[][{}(),;:?~!<>=+\-*/%&|^.#\\])
  | (?P<space>\s+)
""", re.S | re.X)
OPEN, CLOSE = "([{", ")]}"
RELATIONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",),
             "!=": ("==",)}
BITS = {"&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<", "&=": "|=", "|=": "&=", "^=": "|=",
        "<<=": ">>=", ">>=": "<<="}
SUMS = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
KEYWORDS = {"if", "else", "while", "for", "do", "switch", "case", "default", "return", "goto", "break",
            "continue", "sizeof", "const", "static", "struct", "enum", "union", "unsigned", "signed", "int",
            "long", "char", "bool", "void", "double", "inline", "typedef", "extern", "volatile", "register",
            "_Static_assert", "CLEANUP"}
# Deleting one of these leaks, which the sanitized tests look for; or says nothing of what is decided.
RELEASES = re.compile(r"^(free|fclose|close|assert|munmap)$|_(free|freep|close)$")
COMPARES = re.compile(r"^(strn?|mem)cmp$")
NUMBER = re.compile(r"^(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$")


class Mutant:
    """One change: text[start:end] becomes `new`."""

    def __init__(self, path, text, lines, kind, start, end, new):
        self.path, self.kind, self.start, self.end, self.new = path, kind, start, end, new
        self.old = text[start:end]
        self.line = bisect.bisect_right(lines, start)
        ends = [text.find("\n", start), len(text)]
        self.source = text[lines[self.line - 1]:ends[ends[0] < 0]].strip()
        self.context = ("", "")
        self.key = self.change = None

    def apply(self, text):
        assert text[self.start:self.end] == self.old
        # The lines behind it keep their numbers.
        return text[:self.start] + self.new + "\n" * (self.old.count("\n") - self.new.count("\n")) + \
            text[self.end:]

    def describe(self, again):
        """What is changed to what, and where in the line: an operator with what stands beside it."""
        before, after = self.context
        self.change = f"{before} [{squeeze(self.old)} -> {squeeze(self.new)}] {after}".strip() + again


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


class Token:
    def __init__(self, kind, text, start, macro):
        self.kind, self.text, self.start, self.end, self.macro = kind, text, start, start + len(text), macro


def tokens_of(text):
    """Those that may be changed: with `macro` set those of the bodies of #define."""
    tokens, at, directive, skip = [], 0, False, False
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:  # nothing that we know: left alone
            at += 1
            continue
        kind, word, at = match.lastgroup, match.group(), match.end()
        if kind == "space" and "\n" in word and directive:
            before = text[:match.start()]
            directive = before.endswith("\\")
            skip = skip and directive
        if kind in ("comment", "space"):
            continue
        first = not text[text.rfind("\n", 0, match.start()) + 1:match.start()].strip()
        if word == "#" and first:
            define = re.compile(r"#\s*define\s+\w+(\([^)]*\))?").match(text, match.start())
            directive, skip = True, not define
            at = define.end() if define else at
            continue
        if not skip and word != "\\":
            tokens.append(Token(kind, word, match.start(), directive))
    return tokens


def partners(tokens):
    """For each bracket the number of the one that it belongs to."""
    pairs, stacks = {}, {False: [], True: []}
    for i, token in enumerate(tokens):
        stack = stacks[token.macro]
        if token.text in OPEN:
            stack.append(i)
        elif token.text in CLOSE and stack:
            j = stack.pop()
            pairs[i], pairs[j] = j, i
    return pairs


def within(tokens, pairs):
    """What each token lies in: 'function', 'values' (of a table), 'type', or '' (outside of all)."""
    where, i = [""] * len(tokens), 0
    head = 0
    while i < len(tokens):
        if tokens[i].macro:
            where[i] = "macro"
        elif tokens[i].text == "{" and i in pairs:
            words = [t.text for t in tokens[head:i] if not t.macro]
            what = "values" if "=" in words else "function" if words and words[-1] == ")" else "type"
            if any(w in ("struct", "enum", "union") for w in words[:2]) and what != "values" and words[-1] != ")":
                what = "type"
            for j in range(i, pairs[i] + 1):
                where[j] = "macro" if tokens[j].macro else what
            i = pairs[i]
            if what == "function":
                head = i + 1
        elif tokens[i].text == ";":
            head = i + 1
        i += 1
    return where


class Finder:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.lines = [0] + [m.end() for m in re.finditer("\n", text)]
        self.tokens = tokens_of(text)
        self.starts = [token.start for token in self.tokens]
        self.pairs = partners(self.tokens)
        self.where = within(self.tokens, self.pairs)
        self.inner = self.enclosing()
        self.found = []

    def add(self, kind, start, end, new):
        mutant = Mutant(self.path, self.text, self.lines, kind, start, end, new)
        i = bisect.bisect_left(self.starts, start)
        if i < len(self.tokens) and self.tokens[i].end == end:
            mutant.context = (self.tokens[i - 1].text if i else "",
                              self.tokens[i + 1].text if i + 1 < len(self.tokens) else "")
        self.found.append(mutant)

    def enclosing(self):
        """For each token the innermost bracket around it."""
        inner, stack = [], []
        for i, token in enumerate(self.tokens):
            if not token.macro and token.text in CLOSE and stack:
                stack.pop()
            inner.append(stack[-1] if stack else "")
            if not token.macro and token.text in OPEN:
                stack.append(token.text)
        return inner

    def is_text(self, i, *texts):
        return 0 <= i < len(self.tokens) and self.tokens[i].text in texts

    def follows_operand(self, i):
        before = self.tokens[i - 1] if i else None
        return before is not None and (before.kind in ("number", "string") or before.text in (")", "]") or
                                       (before.kind == "word" and before.text not in KEYWORDS))

    def span(self, first, last):
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def operators(self, i):
        token = self.tokens[i]
        for new in RELATIONS.get(token.text, ()):
            self.add("relation", token.start, token.end, new)
        if token.text in ("&&", "||"):
            self.add("logic", token.start, token.end, "||" if token.text == "&&" else "&&")
        elif token.text in BITS and (len(token.text) > 1 or self.follows_operand(i)):
            self.add("bits", token.start, token.end, BITS[token.text])
        elif token.text in SUMS and (len(token.text) > 1 or self.follows_operand(i)):
            self.add("sum", token.start, token.end, SUMS[token.text])
        elif token.text == "!":
            self.add("negation", token.start, token.end, "")
        elif token.text == "~":
            self.add("bits", token.start, token.end, "")
        elif token.text in ("break", "continue") and self.is_text(i + 1, ";"):
            self.add("break", token.start, token.end, "continue" if token.text == "break" else "break")

    def number(self, i):
        token = self.tokens[i]
        match = NUMBER.match(token.text)
        if not match or (self.is_text(i - 1, "{") and self.is_text(i + 1, "}")):
            return  # {0}: nothing set
        if self.is_text(i - 1, "[") and i >= 3 and (self.tokens[i - 3].kind == "word" or
                                                    self.is_text(i - 3, "*", ",")):
            return  # the length of an array that is declared
        value = int(match.group(1), 0)
        lower = value > 0 and hashlib.sha256(f"{self.path} {token.start}".encode()).digest()[0] & 1
        new = value - 1 if lower else value + 1
        self.add("constant", token.start, token.end,
                 (hex(new) if "x" in token.text.lower() else str(new)) + match.group(2))

    def condition(self, i):
        if self.tokens[i].text in ("if", "while") and self.is_text(i + 1, "(") and i + 1 in self.pairs:
            start, end = self.tokens[i + 1].start, self.tokens[self.pairs[i + 1]].end
            self.add("negation", start, end, f"(!{self.text[start:end]})")
        elif self.tokens[i].text == "?":
            self.branches(i)

    def branches(self, i):
        """a ? b : c becomes a ? c : b."""
        depth, middle, j = 0, None, i + 1
        while j < len(self.tokens):
            text = self.tokens[j].text
            if text in OPEN and j in self.pairs:
                j = self.pairs[j]
            elif text == "?" and middle is None:
                depth += 1
            elif text == ":" and middle is None and depth:
                depth -= 1
            elif text == ":" and middle is None:
                middle = j
            elif text in CLOSE or text in (",", ";") or (text == ":" and middle is not None):
                break
            j += 1
        if middle is None or middle == i + 1 or j == middle + 1:
            return
        yes, no = self.span(i + 1, middle - 1), self.span(middle + 1, j - 1)
        if squeeze(yes) != squeeze(no):
            self.add("negation", self.tokens[i + 1].start, self.tokens[j - 1].end, f"({no}) : ({yes})")

    def end_of_statement(self, i):
        while i < len(self.tokens) and self.tokens[i].text not in (";", ")", "}", "]"):
            i = self.pairs.get(i, i) + 1 if self.tokens[i].text in OPEN else i + 1
        return i if self.is_text(i, ";") else None

    def ends_header(self, i):
        return self.is_text(i, ")") and i in self.pairs and \
            self.is_text(self.pairs[i] - 1, "if", "while", "for", "switch")

    def statement(self, i):
        token = self.tokens[i]
        if self.inner[i] != "{" or not (self.is_text(i - 1, ";", "{", "}", "else", "do", ":") or self.ends_header(i - 1)):
            return
        end = self.end_of_statement(i)
        if end is None or end == i:
            return
        if token.text == "return":
            self.result(i + 1, end)
            return
        if token.text in KEYWORDS or RELEASES.search(token.text) or \
                not (token.kind == "word" or token.text in ("*", "(", "++", "--")):
            return
        if token.kind == "word" and i + 1 < len(self.tokens) and \
                (self.tokens[i + 1].kind == "word" or
                 (self.is_text(i + 1, "*") and self.tokens[i + 2].kind == "word" and
                  self.is_text(i + 3, "=", ";", ",", "["))):
            return  # a declaration
        self.add("deletion", token.start, self.tokens[end].end, "{}")

    def result(self, first, end):
        if first == end:
            return
        old = squeeze(self.span(first, end - 1))
        new = {"0": "1", "1": "0", "true": "false", "false": "true", "NULL": None}.get(old, "0")
        if new is not None:
            self.add("result", self.tokens[first].start, self.tokens[end - 1].end, new)

    def arguments(self, i):
        """f(a, b) becomes f(b, a). (What calloc takes is multiplied; what is equal is so both ways round.)"""
        if self.tokens[i].kind != "word" or self.tokens[i].text in KEYWORDS or \
                self.tokens[i].text in ("assert", "calloc") or not self.is_text(i + 1, "(") or i + 1 not in self.pairs:
            return
        parts, first, j, last = [], i + 2, i + 2, self.pairs[i + 1]
        while j <= last:
            if j == last or self.tokens[j].text == ",":
                if j > first:
                    parts.append((first, j - 1))
                first = j + 1
            elif self.tokens[j].text in OPEN and j in self.pairs:
                j = self.pairs[j]
            j += 1
        equality = COMPARES.search(self.tokens[i].text) and self.is_text(last + 1, "==", "!=")
        for a, b in zip(parts[1:] if equality else parts, parts[2:] if equality else parts[1:]):
            one, other = self.span(*a), self.span(*b)
            if squeeze(one) != squeeze(other):
                self.add("arguments", self.tokens[a[0]].start, self.tokens[b[1]].end, f"{other}, {one}")

    def asserted(self, i):
        """The end of an assertion that begins here, else i."""
        if self.tokens[i].text in ("assert", "_Static_assert") and i + 1 in self.pairs:
            return self.pairs[i + 1]
        return i

    def find(self):
        i = 0
        while i < len(self.tokens):
            where = self.where[i]
            i = self.asserted(i)
            if where in ("function", "values", "macro"):
                self.operators(i)
                if self.tokens[i].kind == "number":
                    self.number(i)
            if where == "function":
                self.condition(i)
                self.statement(i)
                self.arguments(i)
            i += 1
        return self.found


def find(path, text):
    """All of them, each with a key that survives changes elsewhere in the file."""
    found = Finder(path, text).find()
    seen = {}
    for mutant in found:
        mutant.describe("")
        same = (mutant.source, mutant.change)
        seen[same] = seen.get(same, 0) + 1
        if seen[same] > 1:
            mutant.describe(f" #{seen[same]}")
        mutant.key = hashlib.sha256("\0".join((path, mutant.source, mutant.change)).encode()).hexdigest()[:16]
    return found


def draw(mutants, seed):
    """In an order by chance, in which a change of the sources moves only the mutants that it touches."""
    return sorted(mutants, key=lambda m: hashlib.sha256(f"{seed} {m.key}".encode()).digest())
