"""A fixed company for compiling: the cast, a shared mailbox, an alias, a group. Passwords are `PASSWORD`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hongyan.kernel.instance import DEMO_PORTS, Instance
from hongyan.release.facts import (
    AddressFacts,
    AliasFacts,
    AppPassword,
    CompanyFacts,
    DomainFacts,
    Ground,
    GroupFacts,
    MailboxFacts,
    ReplyFacts,
    Share,
)

PASSWORD = "Geese-fly-south-7"
APP_PASSWORD = "qzkd-hwpx-7m4t-n9rc"
#: `argon2id` of PASSWORD, fixed so that golden files stay.
HASH = "$argon2id$v=19$m=19456,t=2,p=1$HEWUA5i7ZuXrZSBwb1amNQ$0lyFzR2yloDACrN+Sf8J6gUazAyUA0bkvizyS3mKEXY"
#: A 1024-bit key made for these tests alone.
DKIM_KEY = """\
-----BEGIN RSA PRIVATE KEY-----
MIICXAIBAAKBgQC6e7TDjfW0qachxD73bADeWJrQDK9O86ZX1hbRcc/B4cioJoUt
so8XU4oilumTUYOiBJFSfjnkHbLOSTJnSm8T3cvZ/VvLp7ea2NX5hso8gowMKtv+
YiYJv0aKBOKPjfKp4Cy+Rdz+P8GYRbB0bZGE/ajKFha+BbUwCqeOUxb/QQIDAQAB
AoGAfy8JnOm/7uRaGXx3mVWuzfZON6C/G7Cu/W8FBvmBQXEU4iHLaNxEHRubtXWJ
fjD0/tXwqvttzje3EFv5pVqtoAqa3ULsH0X1107icEXbuaps0Q4mY7wHikEq3xWJ
CfOcuLnEOj3Bra8g3gmZkHxWwRokWLuFy3avz/B8F4NM4OUCQQDwYpdgfxrmq5ME
8y5PKu6ior4fMrQMeJKv+m/kWHUD3Ib7dHcHUoPegh44o9Zcj4n9v2iHkZqUuDo2
H84wBZWfAkEAxpjFK9iDlkA0xcfYYguorUWsq0QEqGXLuvobPGQw3H09b/jAkDWL
CVKZiyclgoNWlQ1N7HtN8qChUG6eVNB/HwJACYLNHHtK9C97rKl2fpljQboQralS
6F9o5l+RR8acMp/qE07jWr3QC+C4E2OgGp9vRUPqfdqr9BBp9TRC8zF1XwJAAj7V
8+H10uwU7KuOycUB+juQcTtKpjDIdevABRXI66VK3Yo9eyPv14IklEs0BF7Bytuk
pujZ/8VLLaKijajx1wJBAMxkKn91sDBuKe5d7N9XEOoGz8sVciaAcWJ+9PwTv8j0
r39X/q3dNZ7GpPMhUaPYoLFm95RarmLWcgY9SWA1qZw=
-----END RSA PRIVATE KEY-----
"""


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def instance(root: Path, *, debian: int, ports: dict[str, int] = DEMO_PORTS, rspamd: bool = True) -> Instance:
    return Instance(
        root=root, name="sample", hostname="mail.corp.test", ports=ports, listen="127.0.0.1", debian=debian,
        outside=False, rspamd=rspamd, message_size_mb=50,
    )  # fmt: skip


def ground(of: Instance) -> Ground:
    return Ground(
        instance=of,
        domains=(
            DomainFacts("corp.test", "corp", "hy1", DKIM_KEY),
            DomainFacts("other.test", "other", "hy1", DKIM_KEY),
        ),
        companies=(
            CompanyFacts("corp", "zh-Hant", 26214400, junk_days=30, trash_days=30),
            CompanyFacts("other", "en", 10485760, junk_days=7, trash_days=14),
            CompanyFacts("shut", "en", 10485760, 30, 30, outside="approved", forward="approved"),
        ),
        default_quota_mb=3072,
    )


def mailbox(address: str, **fields: object) -> MailboxFacts:
    company = "corp" if address.endswith("@corp.test") else "other"
    defaults: dict[str, object] = {
        "company": company, "kind": "personal", "locale": "zh-Hant", "state": "active", "password_hash": HASH,
        "quota_mb": 3072, "senders": (address,),
    }  # fmt: skip
    return MailboxFacts(address=address, **(defaults | fields))  # type: ignore[arg-type]


def addresses() -> tuple[AddressFacts, ...]:
    return (
        mailbox(
            "alice@corp.test",
            app_passwords=(AppPassword(digest(APP_PASSWORD), "手機: Foxmail", ("imap", "smtp")),),
        ),
        mailbox(
            "bob@corp.test",
            locale="en",
            quota_mb=1,
            outside=True,
            forward=("@partner.test", "bob@home.test"),
            max_message_bytes=41943040,
        ),
        mailbox("carol@corp.test", state="first", locale="en"),
        mailbox("dave@corp.test", state="suspended"),
        mailbox("erin@corp.test", state="activation", password_hash="", locale="zh-Hans"),
        mailbox("frank@corp.test", protocols=("imap", "smtp"), junk_days=7, locale="en"),
        mailbox("charlie@other.test", locale="en"),
        mailbox(
            "sales@corp.test",
            kind="shared",
            password_hash="",
            senders=("sales@corp.test", "alice@corp.test"),
            on_behalf=("bob@corp.test",),
        ),
        mailbox("grace@corp.test", shares=(Share("desk@corp.test", write=False), Share("sales@corp.test", write=True))),
        AliasFacts("a.liddell@corp.test", "corp", "alice@corp.test", ("alice@corp.test",), (), "corp.test/alice", 3072),
        GroupFacts("all@corp.test", "corp", ("alice@corp.test", "bob@corp.test"), "members"),
        GroupFacts("press@corp.test", "corp", ("alice@corp.test",), "listed", ("bob@corp.test",), ("bob@corp.test",)),
        GroupFacts("nobody@corp.test", "corp", (), "company", permitted=("alice@corp.test",)),
        mailbox("henry@corp.test", no_sending=True, no_receiving=True),
        AliasFacts("h@corp.test", "corp", "henry@corp.test", no_receiving=True),
        GroupFacts(
            "two@corp.test", "corp", ("alice@corp.test", "henry@corp.test"), "company", silent=("henry@corp.test",)
        ),
        GroupFacts("one@corp.test", "corp", ("henry@corp.test",), "company", silent=("henry@corp.test",)),
        mailbox(
            "ivy@corp.test",
            state="suspended",
            forward_to="alice@corp.test",
            reply=ReplyFacts(('Ivy "left". Cost: $5, ${1}\\', "已離職，請聯絡 alice@corp.test。"), ("i@corp.test",)),
        ),
    )
