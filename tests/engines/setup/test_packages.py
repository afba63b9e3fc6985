"""Debian's packages: the check is real, apt is a stand-in that records how it was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.setup import packages
from hongyan.kernel.decision import Refusal


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts a fake apt-get first in PATH; it appends its arguments, and what policy-rc.d says, to a file."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", policy)
    for name, script in {
        "apt-get": f'echo "$*; $DEBIAN_FRONTEND; $({policy} 2>/dev/null; echo $?)" >> {tmp_path}/calls\n'
        f"test ! -e {tmp_path}/broken || {{ echo 'E: Unable to locate package postfix'; exit 100; }}\n",
        "debconf-set-selections": f"cat > {tmp_path}/selections\n",
        "systemctl": "exit 1\n",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_what_is_missing_is_asked_of_dpkg() -> None:
    assert packages.missing(["dpkg", "no-such-package-at-all", "coreutils"]) == ["no-such-package-at-all"]


def test_debian_13_adds_the_index_for_chinese_search() -> None:
    assert set(packages.needed(13)) - set(packages.needed(12)) == {"dovecot-flatcurve"}


def test_installation_asks_nothing_and_starts_nothing(apt: Path) -> None:
    packages.install(["postfix", "rspamd"])
    update, install = (apt / "calls").read_text().splitlines()
    assert "update -q" in update
    assert "install -y -q --no-install-recommends postfix rspamd; noninteractive; 101" in install
    assert "No configuration" in (apt / "selections").read_text()
    assert not (apt / "policy-rc.d").exists()


def test_an_administrators_own_policy_stays(apt: Path) -> None:
    (apt / "policy-rc.d").write_text("#!/bin/sh\nexit 104\n")
    packages.install(["postfix"])
    assert (apt / "policy-rc.d").read_text() == "#!/bin/sh\nexit 104\n"


def test_apts_own_words_are_told_and_the_policy_is_removed(apt: Path) -> None:
    (apt / "broken").touch()
    with pytest.raises(Refusal) as refused:
        packages.install(["postfix"])
    assert refused.value.code == "setup.packages"
    assert "Unable to locate package postfix" in refused.value.decision.params["reason"]
    assert not (apt / "policy-rc.d").exists()
