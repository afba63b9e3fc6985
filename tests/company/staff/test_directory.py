"""A directory (LDAP, Active Directory) held against the staff, over a real connection."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Person
from hongyan.company.staff import keeping, queries, syncing
from hongyan.company.staff.models import Link, Report, Source
from hongyan.company.staff.reports import forget_old
from hongyan.company.staff.sources import ldap
from hongyan.company.tasks.actions import error_of, run_now
from hongyan.company.tasks.models import Task
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from tests.cast import Cast
from tests.company.staff.ldapd import Directory, People, serving


def person(number: str, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    dn = f"cn={name},ou=網絡處,ou=信息部,ou=staff,dc=corp,dc=test"
    attributes = {
        "objectGUID": uuid.uuid5(uuid.NAMESPACE_OID, number).bytes_le, "employeeID": number, "displayName": name,
        "userAccountControl": "512",
    }  # fmt: skip
    return dn, attributes | more


ALICE = person("1001", "林愛麗", mail="alice@corp.test", department="總公司/信息部/網絡處", title="專員")
BOB = person("1002", "王博", mail="bob@corp.test", department="信息部", title="主管")
NEW = person("2001", "張小明", mail="zhang@corp.test", telephoneNumber="???", preferredLanguage="zh-CN")


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(Directory([ALICE, BOB, NEW])) as it:
        yield it


def add(cast: Cast, directory: Directory, **more: Any) -> Source:
    settings = {"url": directory.url, "base": directory.base, "bind_dn": directory.user} | more.pop("settings", {})
    source, _ = keeping.add_source(
        actor=cast.operator, company=cast.corp, kind="ldap", name="AD", settings=settings,
        password=more.pop("password", directory.password), **more,
    )  # fmt: skip
    return source


def sync(cast: Cast, source: Source, **more: Any) -> Report:
    source.refresh_from_db()
    return syncing.sync_source(actor=cast.operator, source=source, progress=Progress(), **more)


def verdicts(report: Report) -> dict[str, tuple[str, str]]:
    return {line.label: (line.verdict, line.state) for line in queries.list_lines(report)}


@pytest.mark.clause("G2.2.2")
def test_a_directory_is_compared_and_waits(cast: Cast, directory: Directory) -> None:
    source = add(cast, directory, open_mailboxes=True)
    report = sync(cast, source)
    assert verdicts(report) == {"1002 王博": ("move", "open"), "2001 張小明": ("join", "open")}
    changes = {name: after for name, _, after in report.lines.get(verdict="join").changes}
    assert changes == {"number": "2001", "name": "張小明", "mailbox": "zhang@corp.test", "locale": "zh-Hans"}
    # Who was found is known by the directory's own key from now on, whatever becomes of his number.
    assert set(Link.objects.values_list("person__number", flat=True)) == {"1001", "1002"}
    directory.people = [person("9001", "林愛麗", objectGUID=ALICE[1]["objectGUID"]), BOB, NEW]
    again = sync(cast, source, apply=True)
    assert verdicts(again)["9001 林愛麗"] == ("change", "applied")
    assert Person.objects.get(number="9001").name == "林愛麗"
    assert Mailbox.objects.get(address="zhang@corp.test").person == Person.objects.get(number="2001")
    report.refresh_from_db()
    assert report.state == "replaced" and not report.lines.filter(state="open").exists()


@pytest.mark.clause("G2.2.2")
def test_who_is_disabled_or_gone_leaves_but_nobody_whom_it_never_named(cast: Cast, directory: Directory) -> None:
    source = add(cast, directory, auto=True)
    sync(cast, source)
    directory.people = [ALICE, person("1002", "王博", userAccountControl="514")]
    report = sync(cast, source)
    assert verdicts(report) == {"1002 王博": ("leave", "applied"), "2001 張小明": ("leave", "applied")}
    assert set(Person.objects.filter(company=cast.corp, left_on=None).values_list("number", flat=True)) == {
        "1001",
        "1003",
        "1004",
    }
    directory.people = [ALICE, BOB]
    assert verdicts(sync(cast, source)) == {"1002 王博": ("back", "applied")}
    # A directory that names everybody: who is not in it has left.
    keeping.change_source(actor=cast.operator, source=source, whole=True, auto=False)
    assert verdicts(sync(cast, source)) == {"1003 陳家蓉": ("leave", "open"), "1004 戴維": ("leave", "open")}


@pytest.mark.clause("G2.2.2")
def test_by_itself_it_does_what_is_clear_and_no_mass_removal(cast: Cast, directory: Directory) -> None:
    crowd: People = [person(f"N{i}", f"員工{i}") for i in range(8)]
    directory.people = [ALICE, BOB, *crowd]
    source = add(cast, directory, auto=True)
    sync(cast, source)
    directory.people = [
        ALICE,
        BOB,
        NEW,
        person("N0", "員工0", title="組長"),
        person("1001", "假林愛麗", objectGUID=b"x" * 16),
    ]
    report = sync(cast, source)
    found = verdicts(report)
    assert found.pop("2001 張小明") == ("join", "applied") and report.guarded
    assert found.pop("1001 林愛麗") == ("conflict", "open") and found.pop("1001 假林愛麗") == ("conflict", "open")
    found.pop("N0 員工0")  # a post without a unit: to be looked at
    assert set(found.values()) == {("leave", "open")} and len(found) == 7


def test_units_from_the_tree_of_names(cast: Cast, directory: Directory) -> None:
    source = add(cast, directory, settings={"units": "dn", "unit_top": "總公司", "base": directory.base})
    directory.people = [person("2001", "張小明")]
    changes = {name: after for name, _, after in sync(cast, source).lines.get(verdict="join").changes}
    assert changes["unit"] == "總公司/staff/信息部/網絡處"


def test_pages_are_read_to_the_end(cast: Cast, directory: Directory) -> None:
    directory.people = [person(f"P{i}", f"員工{i}") for i in range(1201)]
    report = sync(cast, add(cast, directory))
    assert report.counts["join"] == 1201 and directory.pages == [0, 500, 1000]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"limit": 600}, "staff.directory_refused"),
        ({"break_after": 600}, "staff.directory_broken"),
        ({"password": "other"}, "staff.directory_credentials"),
        ({"base": "ou=elsewhere"}, "staff.directory_no_base"),
        ({"people": []}, "staff.list_empty"),
    ],
)
def test_what_is_not_the_whole_answer_changes_nothing(
    cast: Cast, directory: Directory, fault: dict[str, Any], code: str
) -> None:
    directory.people = [person(f"P{i}", f"員工{i}") for i in range(700)]
    source = add(cast, directory, whole=True, auto=True)
    for name, value in fault.items():
        setattr(directory, name, value)
    with pytest.raises(Refusal) as refusal:
        sync(cast, source)
    assert refusal.value.code == code
    source.refresh_from_db()
    assert source.last_error["code"] == code and source.last_at is not None
    assert not Report.objects.exists() and Person.objects.filter(company=cast.corp, left_on=None).count() == 4


def test_a_directory_that_is_away(cast: Cast, directory: Directory) -> None:
    source = add(cast, directory, settings={"url": "ldap://127.0.0.1:9"})
    with pytest.raises(Refusal) as refusal:
        ldap.try_source(source, {"corp.test"})
    assert refusal.value.code == "staff.directory_away"


def test_tls_with_a_checked_certificate(cast: Cast, tmp_path: Path) -> None:
    pem = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with serving(Directory([ALICE]), context) as directory:
        url = f"ldaps://127.0.0.1:{directory.port}"
        source = add(cast, directory, settings={"url": url, "ca": pem})
        assert [entry.values["name"] for entry in ldap.try_source(source, set())] == ["林愛麗"]
        keeping.change_source(
            actor=cast.operator, source=source, settings={k: v for k, v in source.settings.items() if k != "ca"}
        )
        with pytest.raises(Refusal) as refusal:
            ldap.try_source(source, set())
        assert refusal.value.code == "staff.directory_away"
        assert "certificate" in refusal.value.decision.params["problem"].lower()


def _certificate(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem.decode()


def test_a_source_by_whoever_runs_the_machine_and_its_password_sealed(cast: Cast, directory: Directory) -> None:
    carol = cast.actor(cast.carol)
    with pytest.raises(Refusal) as refusal:
        keeping.add_source(
            actor=carol, company=cast.corp, kind="ldap", name="AD", settings={"url": directory.url, "base": "x"}
        )
    assert refusal.value.code == "permission.missing"
    source = add(cast, directory)
    assert directory.password.encode() not in bytes(source.sealed)
    assert queries.find_source(carol, cast.corp, "AD") == source  # she sees that there is one
    with pytest.raises(Refusal) as refusal:
        queries.find_source(cast.actor(cast.charlie), cast.corp, "AD")
    assert refusal.value.code == "staff.source.unknown"
    for settings, code in (
        ({"url": "ldap://dc.corp.test", "base": "x"}, "staff.url_insecure"),
        ({"url": "http://dc", "base": "x"}, "staff.url_malformed"),
        ({"url": "ldaps://dc", "base": ""}, "staff.base_needed"),
        ({"url": "ldaps://dc", "base": "x", "ca": "no"}, "staff.ca_malformed"),
        ({"url": "ldaps://dc", "base": "x", "colour": "red"}, "staff.setting_unknown"),
        ({"url": "ldaps://dc", "base": "x", "preset": "novell"}, "staff.setting_choice"),
    ):
        with pytest.raises(Refusal) as refusal:
            keeping.change_source(actor=cast.operator, source=source, settings=settings)
        assert refusal.value.code == code


def test_the_schedule_starts_a_task_when_its_hour_has_come(cast: Cast, directory: Directory) -> None:
    source = add(cast, directory, every_hours=6)
    assert syncing.start_due() == 0
    Source.objects.update(next_at=clock.now() - timedelta(minutes=1))
    assert syncing.start_due() == 1
    assert syncing.start_due() == 0
    task = run_now(Task.objects.get(kind="staff.sync"))
    assert task.state == "done", error_of(task)
    source.refresh_from_db()
    assert source.next_at is not None and source.next_at > clock.now() and source.last_error == {}
    Report.objects.update(created_at=clock.now() - timedelta(days=31))
    forget_old()
    assert Report.objects.get().state == "dropped"
