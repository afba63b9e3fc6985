"""Which engine hears of which file; paths that no engine's syntax could hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.release.render import Secrets, Unwritable, reload_for, render
from tests.release import sample

SECRETS = Secrets(webmaster="w", guard="g")


@pytest.mark.parametrize(
    "path,engine",
    [
        ("etc/postfix/main.cf", "postfix"),
        ("etc/dovecot.conf", "dovecot"),
        ("etc/dovecot.d/guard.conf", "dovecot"),
        ("etc/rspamd/local.d/actions.conf", "rspamd"),
        ("etc/rspamd/dkim/paths.map", None),
        ("etc/clamd.conf", "clamd"),
        ("etc/redis.conf", "redis"),
        ("etc/masters", None),
        ("etc/sieve/before.d/10-sort.sieve", None),
        ("tables/users.3", None),
        ("tables/aliases.cdb", None),
        ("tables/domains.cdb", "postfix"),
    ],
)
def test_who_is_told(path: str, engine: str | None) -> None:
    assert reload_for(path) == engine


@pytest.mark.parametrize("root", ["/srv/with blank", "/srv/$x", "/srv/a;b", '/srv/"q"', "/srv/%d", "/srv/公司"])
@pytest.mark.parametrize("debian", [12, 13])
def test_a_path_that_a_file_would_misread_is_refused(root: str, debian: int) -> None:
    with pytest.raises(Unwritable):
        render(sample.ground(sample.instance(Path(root), debian=debian)), SECRETS)


def test_a_domains_key_is_for_rspamd_alone() -> None:
    files = render(sample.ground(sample.instance(Path("/srv/h"), debian=12)), SECRETS)
    key = files["etc/rspamd/dkim/corp.test.hy1.key"]
    assert (key.mode, key.owner, key.group) == (0o640, "_rspamd", "_rspamd")


def test_no_secret_stands_in_a_file_that_everybody_reads() -> None:
    secrets = Secrets(webmaster="the-webmaster", guard="the-guard")
    files = render(sample.ground(sample.instance(Path("/srv/h"), debian=13)), secrets)
    for path, file in files.items():
        if "the-guard" in file.text or secrets.policy_nonce in file.text or secrets.webmaster_sha256 in file.text:
            assert file.mode & 0o007 == 0, path
        assert "the-webmaster" not in file.text


def test_without_a_network_nothing_asks_it() -> None:
    instance = sample.instance(Path("/srv/h"), debian=12)
    alone = render(sample.ground(instance), SECRETS)
    for module in ("rbl", "fuzzy_check", "phishing", "mx_check", "spf", "dkim", "dmarc", "arc"):
        assert alone[f"etc/rspamd/local.d/{module}.conf"].text == "enabled = false;\n", module
    with_resolver = render(sample.ground(replace(instance, resolver="127.0.0.1:5353")), SECRETS)
    assert "enabled" not in with_resolver["etc/rspamd/local.d/spf.conf"].text
    assert with_resolver["etc/rspamd/local.d/rbl.conf"].text == "enabled = false;\n"
    assert '"127.0.0.1:5353"' in with_resolver["etc/rspamd/local.d/options.inc"].text
