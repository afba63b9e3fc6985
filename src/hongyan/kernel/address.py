"""Mail addresses and domains as the product stores them: ASCII, lower case, checked.

Owns: the only parser of addresses that people type in.
Always: `parse` returns the one spelling under which an address is stored and compared, or refuses with a reason.
Standards: RFC 5321 4.1.2 (Dot-string), 4.5.3.1 (lengths); RFC 5890-5892 (IDNA 2008) for domains.
Internationalised local parts (RFC 6531) are refused in words: the store does not take them on Debian 12.
"""

from __future__ import annotations

import re
import unicodedata

import idna

from hongyan.kernel.decision import Refusal

#: Few characters on purpose: a local part is a login and a directory name too.
_ATOM = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LDH = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
#: Local parts of service addresses (RFC 2142): aliases may take them, persons may not.
RESERVED = frozenset(("postmaster", "abuse", "mailer-daemon", "root", "approval"))


def _script(character: str) -> str:
    """The first word of the character's Unicode name, enough to tell LATIN, CYRILLIC, GREEK and CJK apart."""
    name = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    return "CJK" if name in ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL") else name


def _refuse_homograph(label: str, whole: str) -> None:
    """Letters of two scripts in one label imitate other names (Unicode TR 39, 5.2); Chinese with Latin is common and fine."""
    scripts = {_script(c) for c in label if c.isalpha()} - {"CJK"}
    if len(scripts) > 1 or (scripts and scripts <= {"CYRILLIC", "GREEK"} and _looks_latin(label)):
        raise Refusal("address.homograph", address=whole)


_LOOKALIKE = frozenset("аеорсухіјѕһԁԛԝ" + "οανρυχκτι")


def _looks_latin(label: str) -> bool:
    return all(c in _LOOKALIKE or not c.isalpha() for c in label)


def parse_domain(text: str) -> str:
    """The domain's A-label form, lower case. Refuses `domain.malformed`, `domain.too_long`, `address.homograph`."""
    given = unicodedata.normalize("NFKC", text).strip().rstrip(".").lower()
    labels = given.split(".")
    if len(labels) < 2 or not all(labels):
        raise Refusal("domain.malformed", domain=text)
    for label in labels:
        _refuse_homograph(label, text)
    try:
        ascii_form = ".".join(label if label.isascii() else idna.encode(label).decode("ascii") for label in labels)
    except idna.IDNAError:
        raise Refusal("domain.malformed", domain=text) from None
    if len(ascii_form) > 253 or any(len(label) > 63 for label in ascii_form.split(".")):
        raise Refusal("domain.too_long", domain=text[:80])
    if not all(_LDH.fullmatch(label) for label in ascii_form.split(".")):
        raise Refusal("domain.malformed", domain=text)
    return ascii_form


def parse(text: str) -> str:
    """The address's stored spelling. Refuses `address.malformed`, `.too_long`, `.international`, `.homograph`."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal("address.encoding") from None
    given = unicodedata.normalize("NFKC", text).strip()
    local, at, domain = given.rpartition("@")
    if not at or not local:
        raise Refusal("address.malformed", address=text[:120])
    local = local.lower()
    if not local.isascii():
        raise Refusal("address.international", address=text[:120])
    # RFC 5321 4.5.3.1.1 and 4.5.3.1.3 (a path of 256 octets holds two angle brackets)
    if len(local) > 64:
        raise Refusal("address.too_long", address=text[:80], limit=64)
    if not _ATOM.fullmatch(local):
        raise Refusal("address.malformed", address=text[:120])
    address = f"{local}@{parse_domain(domain)}"
    if len(address) > 254:
        raise Refusal("address.too_long", address=text[:80], limit=254)
    return address


def parse_slug(text: str) -> str:
    """A company's short name, as it stands in commands, the audit and the API."""
    if not _SLUG.fullmatch(text):
        raise Refusal("company.slug_malformed", slug=text[:60])
    return text


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def local_of(address: str) -> str:
    return address.rpartition("@")[0]
