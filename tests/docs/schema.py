# SPDX-License-Identifier: Apache-2.0
"""schema.py SCHEMA FILE...: prints for each file "FILE good" or "FILE bad: why".

Files are read as yaml-language-server does, by the core schema of YAML 1.2, and, where "good" is to be
said, as YAML 1.1 too: what editors accept must not depend on the reader.
schema.py SCHEMA --enum DEFINITION: prints the words that a definition lists.
"""
import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2: `no` and `on` are texts, 0o17 is a number, 0777 and 1_000 are what they look like."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789"))):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), first)
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(
    node.value, 0 if node.value[:2] in ("0x", "0o") else 10))


def problem(validator, text, loader):
    try:
        document = yaml.load(text, loader)
    except yaml.YAMLError as error:
        return str(error).split("\n", 1)[0]
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return error and f"{'/'.join(map(str, error.absolute_path))}: {error.message}".replace("\n", " ")[:200]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    if sys.argv[2] == "--enum":
        print("\n".join(schema["definitions"][sys.argv[3]]["enum"]))
        return
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        why = problem(validator, text, Core)
        if not why and "/good/" in path:
            why = problem(validator, text, yaml.SafeLoader)
        print(f"{path} bad: {why}" if why else f"{path} good")


main()
