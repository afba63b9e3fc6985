"""How mail to the world is protected on its way: what Postfix is told, with and without a world, with and without DANE."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.release.render import Secrets, reload_for, render
from tests.release import sample

SECRETS = Secrets(webmaster="w", guard="g")
RUN = "/srv/hongyan/run"


def settings(*, outside: bool, dane: bool) -> tuple[dict[str, str], str]:
    """main.cf's settings about TLS when sending, and the MTA-STS resolver's file."""
    instance = replace(sample.instance(Path("/srv/hongyan"), debian=13), outside=outside, dane=dane)
    files = render(sample.ground(instance), SECRETS)
    lines = (line.partition(" = ") for line in files["etc/postfix/main.cf"].text.splitlines())
    names = ("smtp_tls_security_level", "smtp_tls_policy_maps", "smtp_dns_support_level")
    found = {name: value for name, _, value in lines if name in names}
    return found, files["etc/mta-sts.yml"].text if "etc/mta-sts.yml" in files else ""


@pytest.mark.parametrize("dane", [False, True])
def test_without_a_world_nobody_is_asked(dane: bool) -> None:
    assert settings(outside=False, dane=dane) == ({"smtp_tls_security_level": "may"}, "")


def test_policies_of_others_are_asked_for() -> None:
    main, resolver = settings(outside=True, dane=False)
    assert main == {
        "smtp_tls_security_level": "may",
        "smtp_tls_policy_maps": f"socketmap:unix:{RUN}/mta-sts/policy.sock:postfix",
    }
    assert f"path: {RUN}/mta-sts/policy.sock\n" in resolver
    assert "filename: /srv/hongyan/state/mta-sts/policies.sqlite3\n" in resolver
    assert reload_for("etc/mta-sts.yml") == "mta-sts"


def test_with_dane_our_own_program_is_asked_first() -> None:
    assert settings(outside=True, dane=True)[0] == {
        "smtp_tls_security_level": "dane",
        "smtp_tls_policy_maps": f"socketmap:unix:{RUN}/tls-policy/policy.sock:postfix",
        "smtp_dns_support_level": "dnssec",
    }
