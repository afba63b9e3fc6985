"""What mail programs fetch by themselves: Thunderbird's and Outlook's settings, Apple's profile, MTA-STS, ACME's answers."""

from __future__ import annotations

import plistlib
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import Settings

from hongyan.company.dns.actions import set_sts_mode
from hongyan.company.people.models import Domain
from hongyan.engines.setup import certificates
from hongyan.faces.setup import autodiscover
from hongyan.kernel.instance import STANDARD_PORTS, Instance
from tests.cast import Cast
from tests.faces.conftest import Visit
from tests.instance import make_instance

WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
AUTOCONFIG = (WELL_KNOWN, "/mail/config-v1.1.xml")
AUTODISCOVER = "/autodiscover/autodiscover.xml"
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
    'requestschema/2006"><Request><EMailAddress>{}</EMailAddress><AcceptableResponseSchema>{}</AcceptableResponseSchema>'
    "</Request></Autodiscover>"
)


@pytest.fixture
def open_to_all(settings: Settings, bare_instance: Instance) -> Instance:
    settings.INSTANCE = instance = replace(bare_instance, listen="0.0.0.0", ports=STANDARD_PORTS)
    return instance


def program(host: str = "mail.corp.test") -> Client:
    return Client(headers={"host": host})


# -- Thunderbird -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", AUTOCONFIG)
@pytest.mark.parametrize(
    ("host", "query"),
    [
        ("mail.corp.test", "?emailaddress=alice@corp.test"),
        ("autoconfig.corp.test", ""),
        ("autoconfig.corp.test:443", "?emailaddress=nobody-at-all@corp.test"),
        ("corp.test", ""),
    ],
)
def test_thunderbird_is_given_what_is_offered(
    cast: Cast, open_to_all: Instance, path: str, host: str, query: str
) -> None:
    answer = program(host).get(path + query)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/xml")
    provider = ElementTree.fromstring(answer.content).find("emailProvider")
    assert provider is not None and provider.findtext("domain") == "corp.test"
    assert provider.findtext("displayName") == "北辰集團"
    servers = [
        (s.tag, s.get("type"), *(s.findtext(n) for n in ("hostname", "port", "socketType")))
        for s in provider
        if s.tag.endswith("Server")
    ]
    assert servers == [
        ("incomingServer", "imap", "mail.corp.test", "993", "SSL"),
        ("incomingServer", "imap", "mail.corp.test", "143", "STARTTLS"),
        ("incomingServer", "pop3", "mail.corp.test", "995", "SSL"),
        ("outgoingServer", "smtp", "mail.corp.test", "465", "SSL"),
        ("outgoingServer", "smtp", "mail.corp.test", "587", "STARTTLS"),
    ]


#: draft-ietf-mailmaint-autoconfig, "Configuration file": what each element may hold.
RULES = {
    "type": {"incomingServer": {"imap", "pop3"}, "outgoingServer": {"smtp"}},
    "socketType": {"SSL", "STARTTLS"},
    "authentication": {"password-cleartext"},
    "username": {"%EMAILADDRESS%"},
}


def test_the_file_keeps_the_formats_rules(cast: Cast, open_to_all: Instance) -> None:
    root = ElementTree.fromstring(program().get(WELL_KNOWN + "?emailaddress=a@corp.test").content)
    assert (root.tag, root.get("version"), len(root)) == ("clientConfig", "1.1", 1)
    provider = root[0]
    assert provider.get("id") == "corp.test"
    order = [child.tag for child in provider]
    assert order == sorted(order, key=["domain", "displayName", "displayShortName", "incomingServer", "outgoingServer",
                                       "documentation"].index)  # fmt: skip
    for server in (s for s in provider if s.tag.endswith("Server")):
        assert [child.tag for child in server] == ["hostname", "port", "socketType", "username", "authentication"]
        assert server.get("type") in RULES["type"][server.tag]  # type: ignore[index]
        assert 0 < int(server.findtext("port") or 0) < 65536
        assert all(
            (server.findtext(name) or "") in RULES[name] for name in ("socketType", "authentication", "username")
        )
    (guide,) = provider.findall("documentation")
    assert str(guide.get("url")).startswith("https://") and {d.get("lang") for d in guide} == {"en", "zh-TW", "zh-CN"}


@pytest.mark.parametrize("path", AUTOCONFIG)
def test_what_is_not_here_is_all_the_same(cast: Cast, open_to_all: Instance, path: str) -> None:
    """Promise 7: no address can be tried out, and a foreign domain is like none."""
    asked = [
        (host, query)
        for host in ("autoconfig.nowhere.test", "mail.corp.test", "[::1]", "autoconfig.", "")
        for query in ("", "?emailaddress=alice@nowhere.test", "?emailaddress=alice", "?emailaddress=%00@corp.test", "?emailaddress=@")
    ]  # fmt: skip
    answers = {(a.status_code, a.content, a["Content-Type"]) for a in (program(h).get(path + q) for h, q in asked)}
    assert answers == {(404, b"", "text/plain")}
    alike = [
        program().get(f"{path}?emailaddress={name}@corp.test").content for name in ("alice", "ghost", "postmaster")
    ]
    assert len(set(alike)) == 1


def test_each_company_has_its_own(cast: Cast, open_to_all: Instance) -> None:
    answer = program("autoconfig.other.test").get(WELL_KNOWN)
    assert b"Other Ltd" in answer.content and "北辰".encode() not in answer.content


def test_on_loopback_the_open_ports_are_named(cast: Cast, bare_instance: Instance) -> None:
    root = ElementTree.fromstring(program().get(WELL_KNOWN + "?emailaddress=a@corp.test").content)
    assert root.findtext(".//incomingServer/port") == str(bare_instance.ports["imaps"])
    assert root.findtext(".//incomingServer/hostname") == "localhost"


# -- Outlook -----------------------------------------------------------------------------------------------------
def ask(
    address: str, schema: str = autodiscover.OUTLOOK, path: str = AUTODISCOVER, host: str = "autodiscover.corp.test"
) -> str:
    answer = program(host).post(path, REQUEST.format(address, schema), content_type="text/xml")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/xml")
    return answer.content.decode()


@pytest.mark.parametrize("path", [AUTODISCOVER, "/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"])
def test_outlook_is_given_what_is_offered(cast: Cast, open_to_all: Instance, path: str) -> None:
    root = ElementTree.fromstring(ask("Alice@corp.test", path=path))
    ns = {"o": autodiscover.OUTLOOK}
    assert root.findtext(".//o:Account/o:AccountType", namespaces=ns) == "email"
    assert root.findtext(".//o:Account/o:Action", namespaces=ns) == "settings"
    names = ("Type", "Server", "Port", "LoginName", "SSL", "Encryption", "AuthRequired", "SPA")
    protocols = [tuple(p.findtext(f"o:{n}", namespaces=ns) for n in names) for p in root.iterfind(".//o:Protocol", ns)]
    assert protocols == [
        ("IMAP", "mail.corp.test", "993", "alice@corp.test", "on", "SSL", "on", "off"),
        ("POP3", "mail.corp.test", "995", "alice@corp.test", "on", "SSL", "on", "off"),
        ("SMTP", "mail.corp.test", "465", "alice@corp.test", "on", "SSL", "on", "off"),
    ]


def test_outlook_learns_nothing_about_mailboxes(cast: Cast, open_to_all: Instance) -> None:
    there, nobody = ask("alice@corp.test"), ask("ghost@corp.test")
    assert there == nobody.replace("ghost@", "alice@")
    unknown = {ask(a, host=h) for a in ("a@nowhere.test", "nonsense", "b@else.test") for h in ("corp.test", "x.test")}
    assert len(unknown) == 1 and "<ErrorCode>500</ErrorCode>" in unknown.pop()


def test_what_outlook_may_not_ask(cast: Cast, open_to_all: Instance) -> None:
    assert "<ErrorCode>601</ErrorCode>" in ask(
        "alice@corp.test", "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"
    )
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><EMailAddress>&b;@corp.test</EMailAddress>'
    for body in (
        "",
        "<",
        bomb,
        bomb.encode("utf-16"),
        b"\xff\xfe",
        "<a/>",
        "<a>" + "x" * 20000 + "</a>",
        "<?xml version='1.0' encoding='nonsense'?><a/>",
    ):
        answer = program().post(AUTODISCOVER, body, content_type="text/xml")
        assert answer.status_code == 200 and b"<ErrorCode>600</ErrorCode>" in answer.content, body
    assert b"<ErrorCode>600</ErrorCode>" in program().get(AUTODISCOVER).content


@pytest.mark.parametrize("address", ["alice@corp.test", "ghost@corp.test", "x@nowhere.test"])
def test_version_two_is_declined_in_words(cast: Cast, open_to_all: Instance, address: str) -> None:
    answer = program().get(f"/autodiscover/autodiscover.json/v1.0/{address}?Protocol=ActiveSync")
    assert answer.status_code == 404 and answer.json()["ErrorCode"] == "ProtocolNotSupported"


def test_these_names_serve_no_pages(cast: Cast, open_to_all: Instance) -> None:
    for host in ("autoconfig.corp.test", "autodiscover.corp.test", "mta-sts.corp.test"):
        assert program(host).get("/signin").status_code == 400


# -- Apple -------------------------------------------------------------------------------------------------------
def opened(content: bytes, instance: Instance, tmp_path: Path) -> bytes:
    """The profile as OpenSSL takes it out of its signature, against the instance's own authority."""
    signed = tmp_path / "profile"
    signed.write_bytes(content)
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-in", str(signed), "-CAfile", str(instance.ca_pem),
               "-purpose", "any", "-binary"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def certified(tmp_path: Path, settings: Settings) -> Instance:
    made = make_instance(tmp_path / "certified")
    certificates.ensure(made.tls, made.hostname, now=datetime.now(UTC), group=0)
    settings.INSTANCE = replace(made, listen="0.0.0.0", ports=STANDARD_PORTS)
    return made


def test_a_profile_is_ones_own_signed_and_without_password(
    cast: Cast, visit: Visit, certified: Instance, tmp_path: Path
) -> None:
    answer = visit(cast.alice).get("/mailbox/setup/apple.mobileconfig")
    assert answer["Content-Type"] == "application/x-apple-aspen-config"
    assert answer["Content-Disposition"] == 'attachment; filename="alice-at-corp.test.mobileconfig"'
    profile = plistlib.loads(opened(answer.content, certified, tmp_path))
    (account,) = profile["PayloadContent"]
    assert (profile["PayloadType"], account["PayloadType"]) == ("Configuration", "com.apple.mail.managed")
    assert {k: v for k, v in account.items() if "Server" in k or k.startswith("Email")} == {
        "EmailAccountDescription": "北辰集團", "EmailAccountName": "林愛麗", "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": "alice@corp.test",
        "IncomingMailServerAuthentication": "EmailAuthPassword", "IncomingMailServerHostName": "mail.corp.test",
        "IncomingMailServerPortNumber": 993, "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": "alice@corp.test",
        "OutgoingMailServerAuthentication": "EmailAuthPassword", "OutgoingMailServerHostName": "mail.corp.test",
        "OutgoingMailServerPortNumber": 465, "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": "alice@corp.test",
    }  # fmt: skip
    assert not [key for key in account if key in ("IncomingPassword", "OutgoingPassword")]
    assert profile["PayloadDisplayName"] == "北辰集團郵件"


def test_the_next_profile_replaces_the_one_before_and_nobody_elses(
    cast: Cast, visit: Visit, certified: Instance, tmp_path: Path
) -> None:
    def uuids(visitor: Client) -> tuple[str, str]:
        content = visitor.get("/mailbox/setup/apple.mobileconfig").content
        profile = plistlib.loads(opened(content, certified, tmp_path))
        return profile["PayloadUUID"], profile["PayloadContent"][0]["PayloadUUID"]

    alice = visit(cast.alice)
    assert uuids(alice) == uuids(alice)
    assert not set(uuids(alice)) & set(uuids(visit(cast.charlie)))


# -- MTA-STS and ACME --------------------------------------------------------------------------------------------
POLICY = "/.well-known/mta-sts.txt"


def test_a_domains_policy_is_served_under_its_own_name(cast: Cast, open_to_all: Instance) -> None:
    text = program("mta-sts.corp.test").get(POLICY)
    assert text["Content-Type"].startswith("text/plain")
    assert text.content.split(b"\r\n")[:3] == [b"version: STSv1", b"mode: testing", b"mx: mail.corp.test"]
    set_sts_mode(actor=cast.actor(cast.carol), domain=Domain.objects.get(name="corp.test"), mode="enforce")
    assert b"mode: enforce" in program("MTA-STS.Corp.Test").get(POLICY).content
    assert b"mode: testing" in program("mta-sts.other.test").get(POLICY).content


@pytest.mark.parametrize(
    "host", ["corp.test", "mail.corp.test", "mta-sts.nowhere.test", "mta-sts.", "x.mta-sts.corp.test"]
)
def test_no_policy_under_other_names(cast: Cast, open_to_all: Instance, host: str) -> None:
    answer = program(host).get(POLICY)
    assert (answer.status_code, answer.content) == (404, b"")


def test_acmes_answers_lie_in_the_instance(db: None, bare_instance: Instance) -> None:
    folder = bare_instance.acme / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tok_en-1").write_text("tok_en-1.key")
    (bare_instance.acme / "secret").write_text("no")
    anyone = program("autoconfig.corp.test")
    assert anyone.get("/.well-known/acme-challenge/tok_en-1").content == b"tok_en-1.key"
    for bad in ("other", "..%2f..%2fsecret", "../../secret", "", "tok_en-1/x", "x" * 500):
        assert anyone.get(f"/.well-known/acme-challenge/{bad}").status_code == 404


def test_without_a_certificate_there_is_no_profile(cast: Cast, visit: Visit, open_to_all: Instance) -> None:
    assert visit(cast.alice).get("/mailbox/setup/apple.mobileconfig").status_code == 404
