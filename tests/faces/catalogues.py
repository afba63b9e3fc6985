"""The pages' text catalogues: what the source says, what the .po files hold, the .mo files that Django reads.

Each area (a folder of `faces` with its templates: `portal`, `web`, `console.people`, ...) has catalogues of its own.
Run `python -m tests.faces.catalogues [AREA ...]` after changing a text: it adds new texts to the .po files with an empty
translation (or the one that another area has), drops those that are gone, and compiles the .mo files.
`test_catalogues.py` fails when that was forgotten. No gettext tools are needed.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from django.utils.translation.template import templatize

import hongyan.faces

FACES = Path(hongyan.faces.__file__).parent
LANGUAGES = ("zh_Hant", "zh_Hans")
Message = tuple[str, str]  #: msgid, msgid_plural ("" when there is none)
Catalogue = dict[Message, str]

_CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2}


def path_of(area: str, language: str, suffix: str) -> Path:
    return FACES / "locale" / area / language / "LC_MESSAGES" / f"django.{suffix}"


# -- what the source says --------------------------------------------------------------------------------
def area_of(path: Path) -> str:
    """`console/people/tree.py` and `templates/console/people/tree.html` are of the area `console.people`."""
    parts = path.relative_to(FACES).parts
    parts = parts[1:-1] if parts[0] == "templates" else parts[:-1]
    return ".".join(parts[:2] if parts[:1] == ("console",) and parts[1:2] != ("parts",) else parts[:1]) or "base"


def in_source() -> dict[str, set[Message]]:
    """Area -> its texts."""
    found: dict[str, set[Message]] = {}
    for path in sorted([*FACES.rglob("*.py"), *FACES.rglob("*.html")]):
        read = _in_python if path.suffix == ".py" else _in_template
        if texts := set(read(path.read_text("utf-8"))):
            found.setdefault(area_of(path), set()).update(texts)
    return found


def _in_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            texts = [a.value for a in node.args[: _CALLS.get(name, 0)] if isinstance(a, ast.Constant)]
            if texts and all(isinstance(text, str) for text in texts):
                yield str(texts[0]), str(texts[1]) if len(texts) > 1 else ""


def _in_template(source: str) -> Iterator[Message]:
    """Django turns a template into lines of Python-like calls for xgettext; they parse as Python, too."""
    for line in re.findall(r"(?:gettext|ngettext|_)\(.*", templatize(source)):
        yield from _in_line(line)


def _in_line(line: str) -> Iterator[Message]:
    strings = r"""u?'((?:[^'\\]|\\.)*)'|u?"((?:[^"\\]|\\.)*)\""""
    for call in re.finditer(rf"(n?)(?:gettext|_)\(\s*(?:{strings})\s*(?:,\s*(?:{strings}))?", line):
        first = call[2] if call[2] is not None else call[3]
        second = call[4] if call[4] is not None else call[5]
        yield _unescape(first), _unescape(second) if call[1] and second else ""


def _unescape(text: str) -> str:
    return str(ast.literal_eval(f'"""{text}"""')) if "\\" in text else text


# -- .po and .mo -----------------------------------------------------------------------------------------
_ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr|msgstr\[0\]) "(.*)"$')


def read_po(path: Path) -> Catalogue:
    """The subset that `write_po` writes: one line per text, no contexts."""
    found: Catalogue = {}
    entry: dict[str, str] = {}
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        match = _ENTRY.match(line)
        if match:
            entry[match[1]] = match[2].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
        elif entry:
            if entry["msgid"]:
                found[entry["msgid"], entry.get("msgid_plural", "")] = entry.get("msgstr", entry.get("msgstr[0]", ""))
            entry = {}
    return found


def header(language: str) -> str:
    lines = ("Project-Id-Version: Hongyan", f"Language: {language}", "MIME-Version: 1.0")
    rest = (
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "Plural-Forms: nplurals=1; plural=0;",
    )
    return "".join(line + "\n" for line in lines + rest)


def write_po(path: Path, catalogue: Catalogue, language: str) -> None:
    blocks = [f'msgid ""\nmsgstr {_quoted(header(language))}']
    for (single, plural), text in sorted(catalogue.items()):
        if plural:
            blocks.append(f"msgid {_quoted(single)}\nmsgid_plural {_quoted(plural)}\nmsgstr[0] {_quoted(text)}")
        else:
            blocks.append(f"msgid {_quoted(single)}\nmsgstr {_quoted(text)}")
    path.write_text("\n\n".join(blocks) + "\n", "utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def compiled(catalogue: Catalogue, language: str) -> bytes:
    """The GNU .mo format: sorted msgids, an empty hash table."""
    texts = {"": header(language)} | {
        (single + "\0" + plural if plural else single): text for (single, plural), text in catalogue.items() if text
    }
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items())
    start = 7 * 4 + 16 * len(pairs)
    keys, values = b"".join(k + b"\0" for k, _ in pairs), b"".join(v + b"\0" for _, v in pairs)
    table, offset = b"", start
    for column in (0, 1):
        for pair in pairs:
            table += struct.pack("<2I", len(pair[column]), offset)
            offset += len(pair[column]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + table + keys + values


def refresh(areas: Collection[str] = ()) -> None:
    source = in_source()
    for language in LANGUAGES:
        known: Catalogue = {}
        for area in source:
            if (path := path_of(area, language, "po")).exists():
                known |= {message: text for message, text in read_po(path).items() if text}
        for area in areas or source:
            path = path_of(area, language, "po")
            path.parent.mkdir(parents=True, exist_ok=True)
            kept = read_po(path) if path.exists() else {}
            catalogue = {message: kept.get(message) or known.get(message, "") for message in source[area]}
            write_po(path, catalogue, language)
            path_of(area, language, "mo").write_bytes(compiled(catalogue, language))
            if empty := sum(not text for text in catalogue.values()):
                print(f"{path}: {empty} of {len(catalogue)} texts without a translation")


if __name__ == "__main__":
    refresh(sys.argv[1:])
