"""Pictures that companies upload, made harmless: decoded and drawn anew, or (SVG) rebuilt from what is known to be harmless.

Never: keeps an uploaded octet as it came.
Always: bounded in size before and after; what a picture carries beside its pixels (places, names, scripts) is gone.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from typing import Final
from xml.etree import ElementTree

from hongyan.kernel.decision import Refusal

#: slot -> largest upload in octets, largest side in pixels after scaling.
LIMITS: Final = {"logo": (1 << 20, 640), "picture": (6 << 20, 1600)}
LARGEST_PIXELS: Final = 40_000_000
FORMATS: Final = ("PNG", "JPEG", "WEBP")
SVG: Final = "http://www.w3.org/2000/svg"
MAX_NODES: Final = 5000
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}

_ELEMENTS: Final = frozenset(
    ("svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
     "linearGradient", "radialGradient", "stop", "clipPath", "mask", "use", "symbol")
)  # fmt: skip
_ATTRIBUTES: Final = frozenset(
    ("id", "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "d", "points", "fx",
     "fy", "fill", "fill-opacity", "fill-rule", "clip-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
     "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "stroke-opacity", "opacity", "transform", "offset",
     "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "clip-path", "clipPathUnits", "mask",
     "maskUnits", "preserveAspectRatio", "font-family", "font-size", "font-weight", "text-anchor", "letter-spacing", "color",
     "display", "visibility")
)  # fmt: skip
#: Attribute values: nothing that fetches, runs or escapes; `url(#id)` within the picture only.
_HARMLESS = re.compile(r"(?:url\(#[\w.-]+\)|[\w\s.,#%+\-()/:'\"]){0,200000}")
_FORBIDDEN = re.compile(r"url\(\s*['\"]?\s*[^#'\"\s)]|javascript:|data:|expression|@import", re.IGNORECASE)


def clean(slot: str, data: bytes) -> tuple[str, bytes]:
    """(name, octets) to be served. Refuses `look.picture_large`, `look.picture_unreadable`, `look.picture_kind`."""
    largest, side = LIMITS[slot]
    if len(data) > largest:
        raise Refusal("look.picture_large", limit=largest)
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<?xml", b"<svg", b"<!--")):
        kind, body = "svg", _svg(data)
    else:
        kind, body = _drawn(data, side, keep_alpha=slot == "logo")
    return f"{hashlib.sha256(body).hexdigest()[:24]}.{kind}", body


def _drawn(data: bytes, side: int, *, keep_alpha: bool) -> tuple[str, bytes]:
    from PIL import Image, ImageOps  # large, and rarely needed

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of decompression bombs
            with Image.open(io.BytesIO(data), formats=FORMATS) as found:
                if found.width * found.height > LARGEST_PIXELS:
                    raise Refusal("look.picture_unreadable")
                upright = ImageOps.exif_transpose(found)
                image = upright.convert("RGBA" if keep_alpha else "RGB")
    except Refusal:
        raise
    except Exception:  # whatever a decoder raises about octets of a stranger
        raise Refusal("look.picture_unreadable") from None
    image.thumbnail((side, side))
    out = io.BytesIO()
    if keep_alpha:
        image.save(out, "PNG", optimize=True)
        return "png", out.getvalue()
    image.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return "jpg", out.getvalue()


def _svg(data: bytes) -> bytes:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("look.picture_unreadable") from None
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():  # no entities: nothing to expand, nothing to fetch
        text = re.sub(
            r"<!DOCTYPE\s+svg\s+PUBLIC\s+\"[^\"<>\[\]]*\"\s+\"[^\"<>\[\]]*\"\s*>", "", text, flags=re.IGNORECASE
        )
        if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
            raise Refusal("look.picture_kind")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except ElementTree.ParseError:
        raise Refusal("look.picture_unreadable") from None
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise Refusal("look.picture_kind")
    if sum(1 for _ in root.iter()) > MAX_NODES:
        raise Refusal("look.picture_unreadable")
    rebuilt = _copied(root)
    if rebuilt is None or not (rebuilt.get("viewBox") or rebuilt.get("width")):
        raise Refusal("look.picture_unreadable")
    rebuilt.set("xmlns", SVG)
    return bytes(ElementTree.tostring(rebuilt, encoding="utf-8"))


def _copied(element: ElementTree.Element) -> ElementTree.Element | None:
    """The element with what is allowed in it; None when it is not allowed itself."""
    name = str(element.tag).removeprefix(f"{{{SVG}}}")  # of comments and instructions: a function, and so nothing known
    if name not in _ELEMENTS:
        return None
    copy = ElementTree.Element(name)
    for key, value in element.attrib.items():
        if key in _ATTRIBUTES and _HARMLESS.fullmatch(value) and not _FORBIDDEN.search(value):
            copy.set(key, value)
        elif key in ("href", "{http://www.w3.org/1999/xlink}href") and re.fullmatch(r"#[\w.-]+", value):
            copy.set("href", value)
    for key, value in _declarations(element.get("style", "")):
        if key in _ATTRIBUTES and _HARMLESS.fullmatch(value) and not _FORBIDDEN.search(value):
            copy.set(key, value)
    if name in ("text", "tspan", "title", "desc"):
        copy.text = element.text
    for child in element:
        if (part := _copied(child)) is not None:
            part.tail = child.tail if name in ("text", "tspan") else None
            copy.append(part)
    return copy


def _declarations(style: str) -> list[tuple[str, str]]:
    """`fill:#123; stroke:none`, which drawing programs write, as attributes."""
    pairs = (part.partition(":") for part in style.split(";"))
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]
