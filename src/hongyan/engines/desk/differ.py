"""`python -m hongyan.engines.desk.differ DIR OLD NEW` writes the readable difference of two releases as an answer."""

from __future__ import annotations

import sys
from dataclasses import asdict

from hongyan.engines.desk import answers
from hongyan.kernel.instance import Instance, load
from hongyan.release import difference, store


def answer_name(old: int, new: int) -> str:
    return f"difference-{old}-{new}"


def differ(instance: Instance, old: int, new: int) -> None:
    try:
        document = asdict(difference.read(instance, old, new))
    except store.Damaged as damaged:
        document = {"damaged": str(damaged)}
    answers.write(instance, answer_name(old, new), document)


if __name__ == "__main__":
    differ(load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
