"""By which beginnings a text is found."""

from __future__ import annotations

import pytest

from hongyan.company.finder.words import address_tokens, asked_prefixes, domain_tokens, name_tokens


def fits(tokens: set[bytes], asked: str) -> bool:
    return all(any(token.startswith(prefix) for token in tokens) for prefix in asked_prefixes(asked))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("林愛麗", "林愛麗"), ("林愛麗", "林爱丽"), ("林爱丽", "愛麗"), ("林愛麗", "麗"), ("林愛麗", "linaili"),
        ("林愛麗", "lina"), ("林愛麗", "aili"), ("林愛麗", "lal"), ("林愛麗", "la"), ("林愛麗", "LIN"), ("林愛麗", "ｌｉｎ"),
        ("曾單", "zengshan"), ("曾單", "cengdan"), ("呂方", "lvfang"), ("呂方", "lufang"), ("歐陽修", "oyx"),
        ("Alice Lin", "lin al"), ("Alice Lin", "alicelin"), ("HT-00107", "ht-00107"), ("HT-00107", "00107"),
        ("總公司 信息部", "xinxi"), ("林愛麗", "林 愛"), ("𠮷野家", "野家"),
    ],
)  # fmt: skip
def test_a_name_is_found(name: str, asked: str) -> None:
    assert fits(name_tokens(name), asked)


@pytest.mark.parametrize(
    ("name", "asked"), [("林愛麗", "愛林"), ("林愛麗", "ili"), ("林愛麗", "lai"), ("Alice Lin", "in")]
)
def test_what_does_not_begin_so_is_not(name: str, asked: str) -> None:
    assert not fits(name_tokens(name), asked)


@pytest.mark.parametrize(
    "asked", ["alice", "alice.lin@corp", "lin@corp.test", "lin", "alicelin", "ALICE.LIN@CORP.TEST", "alice.lin"]
)
def test_an_address_is_found_by_its_parts(asked: str) -> None:
    assert fits(address_tokens("alice.lin@corp.test"), asked)


def test_a_domain_is_found_by_its_labels() -> None:
    tokens = domain_tokens("mail.corp.test")
    assert fits(tokens, "corp.te") and fits(tokens, "mail") and not fits(tokens, "orp")


def test_long_and_odd_texts_stay_small() -> None:
    assert all(len(token) <= 64 for token in name_tokens("龍" * 500, "x" * 500))
    assert len(name_tokens("單曾行長樂重")) < 60 and len(name_tokens("龍" * 500)) <= 24
    assert asked_prefixes(" ·-/%_ ") == [] and len(asked_prefixes("a b c d e f g h")) == 5
