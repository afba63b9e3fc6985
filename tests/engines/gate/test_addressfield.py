from __future__ import annotations

import random
import time

import pytest

from hongyan.engines.gate.addressfield import Malformed, addresses

A, B = "a@corp.test", "b@corp.test"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (A, [A]),
        (f"<{A}>", [A]),
        (f" Alice Li <{A}> ", [A]),
        (f'"Li, Alice" <{A}>', [A]),
        (f'"said \\"hi\\" <{B}>" <{A}>', [A]),
        (f"Alice (<{B}> (nested \\) ) ) <{A}> (x)", [A]),
        (f"=?utf-8?B?5p2O?= <{A}>", [A]),
        (f"李 愛麗 <{A}>", [A]),
        (f"Alice\n Li\n\t<{A}>", [A]),
        (f"J. R. <{A}>", [A]),
        (f"{A} (Alice)", [A]),
        (f"{A}, Bob <{B}>", [A, B]),
        (f"{A},, {B},", [A, B]),
        (f"friends: {A}, Bob <{B}>;", [A, B]),
        (f"friends: {A};, {B}", [A, B]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("(nothing)", []),
        (f"{B} <{A}>", [B, A]),
        (f"Boss {B} x <{A}>", [B, A]),
        ('"odd name"@corp.test', ['"odd name"@corp.test']),
    ],
)
def test_read(field: str, found: list[str]) -> None:
    assert addresses(field) == found


@pytest.mark.parametrize(
    "field",
    [
        "Alice", "Alice <>", f"<{A}", f"{A}>", f"<{A}> <{B}>", f"<{A}> Bob", f"<{A}{B}>", f"<<{A}>>", f"{A} {B}",
        "a @corp.test", "a@ corp.test", "a@b@corp.test", "<@x.test:a@corp.test>", f"<{A},{B}>", f"friends: {A}",
        f": {A};", f"{A};", f"x: y: {A};;", f'"Alice <{A}>', f"(Alice <{A}>", f"a\0 <{A}>", f"a\r <{A}>\x1b",
        "<a@[192.0.2.1]>", f"Boss @ x <{A}>", f"a\\ <{A}>", f"<{A}>:;", "@", "<@>", ",@,",
    ],
)  # fmt: skip
def test_refused(field: str) -> None:
    with pytest.raises(Malformed):
        addresses(field)


def test_never_fails_otherwise_and_never_takes_long() -> None:
    rng = random.Random(5322)
    for _ in range(20_000):
        field = "".join(rng.choice('a@b.c<>,;:()"\\ \n李') for _ in range(rng.randrange(30)))
        try:
            assert all("@" in address for address in addresses(field))
        except Malformed:
            pass
    start = time.process_time()
    for character in '(<",;:@\\ a':
        for field in (character * 65_000, f"x{character} " * 20_000):
            try:
                addresses(field)
            except Malformed:
                pass
    assert time.process_time() - start < 3
