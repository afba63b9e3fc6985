"""A company's look: colours that can be read, pictures without anything hidden, signatures."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from hongyan.company.branding import colours, pictures, signature
from hongyan.company.branding.actions import change_look, remove_picture, set_picture
from hongyan.company.branding.models import Look, Picture
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.cast import Cast


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def drawn(kind: str = "PNG", size: tuple[int, int] = (900, 300), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def test_contrast_is_what_wcag_measures() -> None:
    assert round(colours.contrast((0, 0, 0), (255, 255, 255)), 1) == 21.0
    assert round(colours.contrast(colours.parse("#767676"), (255, 255, 255)), 2) == 4.54
    assert colours.spell(colours.parse("F0a")) == "#ff00aa"
    assert refusal(lambda: colours.parse("red")).code == "look.colour_malformed"
    refused = refusal(lambda: colours.check_accent("#777777"))
    assert refused.code == "look.contrast" and refused.decision.params["ratio"] == "4.47"


@pytest.mark.parametrize("accent", ["#b4232a", "#17506b", "#000000", "#5b2d8e", "#00693e", "#767676", "#c00000"])
def test_every_shade_of_an_accepted_colour_can_be_read(accent: str) -> None:
    colours.check_accent(accent)
    day, night = colours.shades(accent)
    for made, grounds in ((day, colours.DAY), (night, colours.NIGHT)):
        link = colours.parse(made.link)
        assert all(colours.contrast(link, ground) >= 4.5 for ground in (*grounds, colours.parse(made.tint)))
        for behind in (made.brand, made.brand_deep):
            assert colours.contrast(colours.parse(behind), colours.WHITE) >= 4.5


def test_a_picture_is_drawn_anew_without_what_it_carried() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    name, body = pictures.clean("picture", drawn("JPEG", (3000, 500), exif=exif))
    made = Image.open(io.BytesIO(body))
    assert name.endswith(".jpg") and made.size == (1600, 267) and b"where it was" not in body
    name, body = pictures.clean("logo", drawn("PNG") + b"<script>alert(1)</script>")
    assert name.endswith(".png") and b"script" not in body and Image.open(io.BytesIO(body)).size == (640, 213)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "look.picture_unreadable"),
        (b"\x89PNG\r\n\x1a\n damaged", "look.picture_unreadable"),
        (b"GIF89a" + b"\0" * 50, "look.picture_unreadable"),
        (b"x" * ((1 << 20) + 1), "look.picture_large"),
        (b"<svg", "look.picture_unreadable"),
        (b"<?xml version='1.0'?><html/>", "look.picture_kind"),
        (b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">&a;</svg>',
         "look.picture_kind"),
        (b'<!--\xff--><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>', "look.picture_unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_harmless_picture_is_refused(data: bytes, code: str) -> None:
    assert refusal(lambda: pictures.clean("logo", data)).code == code


def test_an_svg_keeps_its_shapes_and_loses_everything_else() -> None:
    hostile = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" onload="alert(1)">
    <script>alert(2)</script><style>@import url(//evil.test/x.css)</style><foreignObject><body onload="x()"/></foreignObject>
    <defs><linearGradient id="g"><stop offset="0" stop-color="#123456"/></linearGradient></defs>
    <path d="M0 0L9 9" fill="url(#g)" stroke="url(https://evil.test/x)" style="opacity:.5;fill:url(javascript:alert(3))"/>
    <use xlink:href="#g"/><use href="https://evil.test/s.svg#x"/><image href="https://evil.test/p.png"/>
    <a href="javascript:alert(4)"><rect width="3" height="3"/></a><text onclick="x()">A &amp; B</text></svg>"""
    name, body = pictures.clean("logo", hostile)
    said = body.decode()
    assert name.endswith(".svg") and 'd="M0 0L9 9"' in said and 'fill="url(#g)"' in said and "A &amp; B" in said
    assert 'opacity=".5"' in said and 'href="#g"' in said
    for gone in ("script", "evil", "onload", "onclick", "import", "foreignObject", "javascript", "image", "style"):
        assert gone not in said, gone


def test_a_signature_names_only_what_the_directory_knows() -> None:
    template = signature.check("{name} {latin_name}\r\n{unit} {post}\nTel. {phone}\n\n{company}  ")
    values = {"name": "林愛麗", "unit": "網絡處", "company": "北辰"}
    assert signature.render(template, values) == "林愛麗\n網絡處\n\n北辰"
    assert refusal(lambda: signature.check("{salary}")).code == "look.variable_unknown"
    for broken in ("{name", "}", "{name!r}", "{name:>9}", "{}"):
        assert refusal(lambda text=broken: signature.check(text)).code in (  # type: ignore[misc]
            "look.signature_braces", "look.variable_unknown",
        )  # fmt: skip
    assert refusal(lambda: signature.check("x" * 2001)).code == "look.signature_long"


@pytest.mark.clause("R1")
def test_the_office_chooses_the_look_of_its_company(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    change_look(
        actor=carol, company=cast.corp, changes={"accent": "B4232A", "title": "北辰郵箱", "signature": "{name}"}
    )
    set_picture(actor=carol, company=cast.corp, slot="logo", data=drawn())
    look = Look.objects.get()
    assert (look.accent, look.title) == ("#b4232a", "北辰郵箱") and look.logo == Picture.objects.get().name
    assert Event.objects.filter(kind="company.look", actor="carol@corp.test").count() == 2
    change_look(actor=carol, company=cast.corp, changes={"accent": "#b4232a"})
    remove_picture(actor=carol, company=cast.corp, slot="logo")
    assert Event.objects.filter(kind="company.look").count() == 3 and not Picture.objects.exists()
    assert (
        refusal(lambda: change_look(actor=carol, company=cast.corp, changes={"accent": "#ffcc00"})).code
        == "look.contrast"
    )
    assert refusal(lambda: set_picture(actor=carol, company=cast.corp, slot="nose", data=b"")).code == "setting.unknown"


@pytest.mark.parametrize("who", ["alice", "bob", "dave", "charlie"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    actor = cast.actor(getattr(cast, who))
    for act in (
        lambda: change_look(actor=actor, company=cast.corp, changes={"title": "x"}),
        lambda: set_picture(actor=actor, company=cast.corp, slot="logo", data=drawn()),
        lambda: remove_picture(actor=actor, company=cast.corp, slot="logo"),
    ):
        assert refusal(act).code == "permission.missing"
    assert not Look.objects.exists()
