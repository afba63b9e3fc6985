"""Writes the Python client from the OpenAPI document: `python clients/python/generate.py`.

Owns: how an operation becomes a method and a schema becomes a type. Never: knows a route by name.
Always: the same document gives the same files; `--check` says whether they lag behind (a test runs it).
"""

from __future__ import annotations

import argparse
import json
import keyword
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent / "hongyan_client"
ROOT = Path(__file__).parents[2]
_PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}
_HEAD = '"""{said}\n\nGenerated from the OpenAPI document by generate.py; do not edit.\n"""\n\nfrom __future__ import annotations\n\n'


def document() -> dict[str, Any]:
    """The document as the API serves it, without an instance."""
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
    os.environ.setdefault("HONGYAN_DIR", tempfile.gettempdir())
    import django

    django.setup()
    from hongyan.faces.api.document import build

    made: dict[str, Any] = json.loads(json.dumps(build()))
    return made


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(value, ensure_ascii=False) for value in schema['enum'])}]"
    if schema.get("type") == "array":
        return f"list[{type_of(schema.get('items', {}))}]"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        return f"dict[str, {type_of(inner) if inner.get('type') or '$ref' in inner else 'Any'}]"
    return _PLAIN.get(str(schema.get("type")), "Any")


# -- types -------------------------------------------------------------------------------------------------------
def models(doc: dict[str, Any]) -> str:
    parts = [
        _HEAD.format(said="What the API takes and gives, as typed dictionaries."),
        "from typing import Any, Literal, NotRequired, TypedDict\n",
    ]
    for name, schema in sorted(doc["components"]["schemas"].items()):
        parts.append(_model(name, schema))
    return "\n".join(parts)


def _model(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    fields = [
        (field, type_of(of) if field in required else f"NotRequired[{type_of(of)}]")
        for field, of in schema.get("properties", {}).items()
    ]
    if any(keyword.iskeyword(field) for field, _ in fields):
        inner = ", ".join(f"{json.dumps(field)}: {of}" for field, of in fields)
        return f"\n{name} = TypedDict({json.dumps(name)}, {{{inner}}})\n"
    said = f'    """{_one_line(schema["description"])}"""\n\n' if schema.get("description") else ""
    lines = "\n".join(f"    {field}: {of}" for field, of in fields) or "    pass"
    return f"\nclass {name}(TypedDict):\n{said}{lines}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''")


# -- methods -----------------------------------------------------------------------------------------------------
def methods(doc: dict[str, Any]) -> str:
    found = [(path, verb, op) for path, ways in doc["paths"].items() for verb, op in ways.items()]
    body = "\n".join(
        _method(doc, path, verb, op) for path, verb, op in sorted(found, key=lambda f: str(f[2]["operationId"]))
    )
    names = [name for name in sorted(doc["components"]["schemas"]) if re.search(rf"\b{name}\b", body)]
    head = _HEAD.format(said="One method for each operation of the API.")
    typing = ", ".join(name for name in ("Any", "Literal", "cast") if re.search(rf"\b{name}\b", body))
    imports = (
        "from collections.abc import Iterator\n"
        f"from typing import {typing}\n\n"
        "from hongyan_client.base import Base, quoted\n"
    )
    listed = "from hongyan_client.models import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
    return f'{head}{imports}{listed}\n\nclass Client(Base):\n    """The API of one instance."""\n{body}'


def _method(doc: dict[str, Any], path: str, verb: str, op: dict[str, Any]) -> str:
    name = op["operationId"]
    parameters = [p for p in op["parameters"] if "$ref" not in p]
    inside = [p for p in parameters if p["in"] == "path"]
    asked = [p for p in parameters if p["in"] == "query"]
    body = op.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = _answer(op)
    signature = ["self", *(f"{p['name']}: {type_of(p['schema'])}" for p in inside)]
    signature += [f"body: {type_of(body)}"] if body else []
    options = [f"{p['name']}: {_optional(type_of(p['schema']))} = None" for p in asked]
    options += ["idempotency_key: str | None = None"] if verb != "get" else []
    if options:
        signature += ["*", *options]
    url = re.sub(r"\{(\w+)\}", r"{quoted(\1)}", path)
    text = f'f"{url}"' if "{" in url else f'"{url}"'
    arguments = [f'"{verb.upper()}"', text]
    if asked:
        arguments.append("query={" + ", ".join(f'"{p["name"]}": {p["name"]}' for p in asked) + "}")
    arguments += ["body=body"] if body else []
    arguments += ["key=idempotency_key"] if verb != "get" else []
    call = f"self._ask({', '.join(arguments)})"
    line = f"return cast({json.dumps(answer)}, {call})" if answer != "None" else call
    said = _one_line(op["summary"])
    code = f'\n    def {name}({", ".join(signature)}) -> {answer}:\n        """{said}."""\n        {line}\n'
    return code + (_walk(doc, op, name, inside, asked, answer) if answer.endswith("Page") else "")


def _answer(op: dict[str, Any]) -> str:
    good = next(a for status, a in op["responses"].items() if status.startswith("2"))
    content = good.get("content", {}).get("application/json", {})
    return type_of(content["schema"]) if content else "None"


def _optional(name: str) -> str:
    return name if name.endswith("None") else f"{name} | None"


def _walk(
    doc: dict[str, Any], op: dict[str, Any], name: str, inside: list[Any], asked: list[Any], answer: str
) -> str:  # fmt: skip
    """For a list in pages, a second method that walks through all of them."""
    item = type_of(doc["components"]["schemas"][answer]["properties"]["items"]["items"])
    passed = [p for p in asked if p["name"] not in ("cursor", "limit")]
    signature = ["self", *(f"{p['name']}: {type_of(p['schema'])}" for p in inside)]
    options = [f"{p['name']}: {_optional(type_of(p['schema']))} = None" for p in passed]
    signature += ["*", *options] if options else []
    given = [*(p["name"] for p in inside), *(f"{p['name']}={p['name']}" for p in passed)]
    cursor = "int(cursor) if cursor else None" if _is_number(asked) else "cursor"
    return (
        f"\n    def all_{name.removeprefix('list_')}({', '.join(signature)}) -> Iterator[{item}]:\n"
        f'        """{_one_line(op["summary"])}, page after page."""\n'
        "        cursor: str | None = None\n        while True:\n"
        f"            page = self.{name}({', '.join([*given, f'cursor={cursor}', 'limit=200'])})\n"
        '            yield from page["items"]\n'
        '            if (cursor := page["next"]) is None:\n                return\n'
    )


def _is_number(asked: list[Any]) -> bool:
    return any(p["name"] == "cursor" and "int" in type_of(p["schema"]) for p in asked)


# -- files -------------------------------------------------------------------------------------------------------
def generate() -> dict[Path, str]:
    doc = document()
    return {
        PACKAGE / "models.py": formatted(models(doc)),
        PACKAGE / "client.py": formatted(methods(doc)),
    }


def formatted(text: str) -> str:
    """As the project's linter and formatter write it."""
    ruff, name = Path(sys.executable).with_name("ruff"), str(PACKAGE / "made.py")
    for command in (("check", "--fix-only", "--quiet"), ("format", "--quiet")):
        done = subprocess.run(
            [ruff, *command, "--stdin-filename", name, "-"], input=text, capture_output=True, text=True, check=True
        )
        text = done.stdout
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; say which files lag behind")
    check = parser.parse_args().check
    behind = [path for path, text in generate().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in behind:
        print(path.name)
    if behind and not check:
        for path, text in generate().items():
            path.write_text(text, "utf-8")
    return 1 if behind and check else 0


if __name__ == "__main__":
    sys.exit(main())
