"""Colours that can be read: contrast as WCAG 2.2 measures it, and the shades that a page needs of one accent.

Always: `shades` gives colours that hold 4.5:1 wherever a page puts text in them, by day and by night.
Standards: WCAG 2.2, relative luminance and contrast ratio (success criterion 1.4.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hongyan.kernel.decision import Refusal

ENOUGH: Final = 4.5
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
#: What text in the accent's shades stands on (app.css: --panel, --sunk, --tint; by night the same).
DAY: Final = ((255, 255, 255), (248, 247, 243), (245, 244, 239))
NIGHT: Final = ((17, 23, 28), (25, 32, 39), (43, 52, 61))
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shades:
    """CSS colours. `brand`: behind white text; `link`: text; `tint`: behind link-coloured text."""

    brand: str
    brand_deep: str
    link: str
    tint: str


def parse(text: str) -> Rgb:
    """Refuses `look.colour_malformed`."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise Refusal("look.colour_malformed", colour=text[:20])
    digits = match[1] if len(match[1]) == 6 else "".join(c * 2 for c in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def spell(colour: Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def luminance(colour: Rgb) -> float:
    parts = (part / 255 for part in colour)
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the other one in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def check_accent(text: str) -> str:
    """As it is stored. Refuses `look.contrast` with the measured ratio when white text on it could not be read."""
    colour = parse(text)
    ratio = contrast(colour, WHITE)
    if ratio < ENOUGH:
        raise Refusal("look.contrast", colour=spell(colour), ratio=f"{int(ratio * 100) / 100:.2f}", needed=f"{ENOUGH}")
    return spell(colour)


def _until_readable(colour: Rgb, towards: Rgb, grounds: tuple[Rgb, ...]) -> Rgb:
    """The least change of the colour with which text in it can be read on all of these."""
    for step in range(101):
        mixed = mix(colour, towards, step / 100)
        if all(contrast(mixed, ground) >= ENOUGH for ground in grounds):
            return mixed
    return towards


def shades(accent: str) -> tuple[Shades, Shades]:
    """By day and by night."""
    colour = parse(accent)
    tint_day, tint_night = mix(colour, WHITE, 0.88), mix(colour, NIGHT[0], 0.78)
    day = _until_readable(colour, BLACK, (*DAY, tint_day))
    night = _until_readable(colour, WHITE, (*NIGHT, tint_night))
    deep = mix(colour, BLACK, 0.22)
    return (
        Shades(spell(colour), spell(deep), spell(day), spell(tint_day)),
        Shades(spell(colour), spell(deep), spell(night), spell(tint_night)),
    )
