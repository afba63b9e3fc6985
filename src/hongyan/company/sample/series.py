"""Mail that repeats from day to day, made of `data/series.toml`: reports, logs, enquiries, forms, small talk.

Owns: how each table of that file becomes threads. Always: the numbers drawn are the same every time.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from typing import Any

from hongyan.company.sample.attachments import Recipe
from hongyan.company.sample.plan import DATA
from hongyan.company.sample.threads import Mail, Thread

Row = dict[str, Any]


def threads() -> Iterator[Thread]:
    raw = tomllib.loads((DATA / "series.toml").read_text("utf-8"))
    for number, row in enumerate(raw["sales"]):
        yield from _sales(f"sales-{number}", row)
    for number, row in enumerate(raw["log"]):
        yield from _logs(f"log-{number}", row)
    for number, row in enumerate(raw["enquiry"]):
        yield _enquiry(f"enquiry-{number:02d}", row)
    for number, row in enumerate(raw["form"]):
        yield from _forms(f"form-{number}", row)
    for number, row in enumerate(raw["chat"]):
        yield _chat(f"chat-{number:02d}", row)


def _draw(key: str) -> random.Random:
    return random.Random(key)  # noqa: S311 - figures in made-up reports


def _table(rows: list[tuple[str | int, ...]]) -> str:
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


# -- reports -------------------------------------------------------------------------------------------
def _sales(key: str, row: Row) -> Iterator[Thread]:
    for day, (note, answer) in enumerate(zip(row["notes"], row["manager"], strict=True)):
        draw = _draw(f"{key}/{day}")
        clients = draw.sample(row["clients"], 4)
        lines = [(c, draw.randrange(30, 480), draw.choice(row["stages"]), draw.choice(row["steps"])) for c in clients]
        total = (row["total"], sum(line[1] for line in lines), "", "")
        table = [tuple(row["head"]), *lines, total]
        text = f"{row['open']}\n\n{_table(table)}\n\n{note}"
        book = (Recipe(f"{row['subject']}.xlsx", rows=tuple(table)),) if day % 2 == 0 else ()
        mails = [Mail(row["writer"], text, tuple(row["to"]), tuple(row["cc"]), style="letter", attach=book)]
        if answer:
            mails.append(Mail(row["to"][0], answer, after=draw.randrange(8, 50)))
        yield Thread(f"{key}-{day}", f"{row['subject']} {{date}}", tuple(mails), day, row["at"])


def _logs(key: str, row: Row) -> Iterator[Thread]:
    for day, (line, problem, answer) in enumerate(zip(row["lines"], row["problem"], row["answer"], strict=True)):
        draw = _draw(f"{key}/{day}")
        values = tuple(draw.randrange(35, 100) for _ in range(day + 4))
        picture = (Recipe("progress.png", values=values),) if row["chart"] and day % 2 else ()
        text = f"{line}\n\n- {draw.randrange(6, 15)} 人 / {draw.randrange(-22, 28)}°C\n- {problem}"
        mails = [Mail(row["writer"], text, tuple(row["to"]), tuple(row["cc"]), style="plain", attach=picture)]
        if answer:
            mails.append(Mail(row["manager"], answer, after=draw.randrange(6, 40)))
        yield Thread(f"{key}-{day}", f"{row['subject']} {{date}}", tuple(mails), day, row["at"])


# -- outside -------------------------------------------------------------------------------------------
def _enquiry(key: str, row: Row) -> Thread:
    draw, as_ = _draw(key), row["to"] if row["to"] != "partners" else ""
    mails = [
        Mail(row["from"], row["ask"], (row["to"],), style="letter" if draw.random() < 0.5 else "plain"),
        Mail(row["staff"], row["answer"], as_=as_, after=draw.randrange(25, 150)),
    ]
    if row["thanks"]:
        mails.append(Mail(row["from"], row["thanks"], after=draw.randrange(15, 120)))
    return Thread(key, row["subject"], tuple(mails), row["day"], row["at"])


def _forms(key: str, row: Row) -> Iterator[Thread]:
    for number, day in enumerate(row["days"]):
        draw = _draw(f"{key}/{number}")
        name = f"{row['prefix']}{draw.randrange(10_000, 99_999)}"
        facts = {
            "number": name, "sender": draw.choice(row["senders"]), "receiver": draw.choice(row["receivers"]),
            "pieces": draw.randrange(1, 9), "eta": draw.choice(row["etas"]),
        }  # fmt: skip
        lines = tuple(f"{label}：{value}" for label, value in facts.items())
        paper = (Recipe(f"{name}.pdf", title=name, lines=lines),) if row.get("pdf") else ()
        mail = Mail(
            row["from"], row["text"].format(**facts), (row["to"],), style="letter", attach=paper,
            headers={"Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        at = f"{draw.randrange(8, 18):02d}:{draw.randrange(60):02d}"
        yield Thread(f"{key}-{number}", row["subject"].format(number=name), (mail,), day, at)


# -- inside --------------------------------------------------------------------------------------------
def _chat(key: str, row: Row) -> Thread:
    draw, files = _draw(key), []
    if row.get("picture"):
        files.append(Recipe("preview.png", values=tuple(draw.randrange(20, 100) for _ in range(9))))
    if "file" in row:
        files.append(Recipe(row["file"], lines=(row["file"].rpartition(".")[0], "", row["answer"])))
    first, second = (tuple(files), ()) if row.get("picture") else ((), tuple(files))
    mails = (
        Mail(row["a"], row["say"], (row["b"],), attach=first),
        Mail(row["b"], row["answer"], after=draw.randrange(4, 75), attach=second),
    )
    return Thread(key, row["subject"], mails, row["day"], row["at"])
