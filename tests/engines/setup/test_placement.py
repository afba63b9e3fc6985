"""Where a checkout's environment, code and instance lie, and that the services' users can reach them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.setup import placement


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout in a directory that everybody may pass through."""
    for directory in (tmp_path, *tmp_path.parents):
        if directory != Path("/tmp") and directory.is_relative_to("/tmp"):
            directory.chmod(0o755)
    monkeypatch.setattr(placement, "LIBRARY", str(tmp_path / "library"))
    package = tmp_path / "clone" / "src" / "hongyan"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    return tmp_path / "clone"


def closed(checkout: Path) -> placement.Place:
    checkout.chmod(0o700)
    return placement.place_of(str(checkout))


def test_an_open_checkout_is_used_in_place(checkout: Path) -> None:
    place = placement.place_of(str(checkout))
    assert place.in_place
    assert (place.venv, place.code, place.var) == (f"{checkout}/.venv", f"{checkout}/src", f"{checkout}/var")
    assert placement.sync_code(place) is False


def test_a_closed_parent_moves_everything_below_var_lib(checkout: Path) -> None:
    place = closed(checkout)
    assert not place.in_place
    assert place.home.startswith(placement.LIBRARY + "/clone-")
    assert placement.first_closed(str(checkout / "src")) == (str(checkout), 0o700)


def test_files_made_under_a_strict_umask_count_as_closed(checkout: Path) -> None:
    (checkout / "src" / "hongyan" / "__init__.py").chmod(0o600)
    assert not placement.place_of(str(checkout)).in_place


def test_two_checkouts_of_one_name_have_places_of_their_own(checkout: Path) -> None:
    other = checkout.parent / "elsewhere" / "clone"
    (other / "src" / "hongyan").mkdir(parents=True)
    (other / "src" / "hongyan" / "__init__.py").write_text("")
    other.chmod(0o700)
    assert closed(checkout).home != placement.place_of(str(other)).home


def test_code_is_copied_when_it_changed_and_readable_to_all(checkout: Path) -> None:
    place = closed(checkout)
    source = checkout / "src" / "hongyan" / "module.py"
    source.write_text("one = 1\n")
    source.chmod(0o600)
    Path(place.home).mkdir(parents=True)
    assert placement.sync_code(place) is True
    copy = Path(place.code) / "hongyan" / "module.py"
    assert copy.read_text() == "one = 1\n"
    assert copy.stat().st_mode & 0o777 == 0o644
    assert placement.sync_code(place) is False
    source.write_text("two = 22\n")
    assert placement.sync_code(place) is True
    assert copy.read_text() == "two = 22\n"
    source.unlink()
    assert placement.sync_code(place) is True
    assert not copy.exists()


def test_a_link_leads_to_the_place_and_never_replaces_a_directory(checkout: Path) -> None:
    place = closed(checkout)
    placement.link(place, "var", place.var)
    assert (checkout / "var").resolve() == Path(place.var)
    placement.link(place, "var", place.var)
    (checkout / ".venv").mkdir()
    placement.link(place, ".venv", place.venv)
    assert not (checkout / ".venv").is_symlink()
