"""Mail counted from Postfix's log."""

from __future__ import annotations

from pathlib import Path

from hongyan.engines.traffic import Traffic
from tests.instance import make_instance

LINES = """\
Nov 24 12:14:45 vm postfix/lmtp[30119]: 4jYhZY3r8Gz2FsxB: to=<dave@corp.test>, orig_to=<all@corp.test>, relay=vm[/run/lmtp], delay=0.2, delays=0/0/0/0.2, dsn=2.0.0, status=sent (250 2.0.0 <dave@corp.test> Saved)
Nov 24 12:14:46 vm postfix/smtp[30120]: 4jYhZY3r8Gz2FsxC: to=<far@away.test>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to away.test[203.0.113.1]:25: Connection timed out)
Nov 24 12:19:46 vm postfix/smtp[30120]: 4jYhZY3r8Gz2FsxC: to=<far@away.test>, relay=none, delay=330, delays=300/0/30/0, dsn=4.4.1, status=deferred (connect to away.test[203.0.113.1]:25: Connection timed out)
Nov 24 12:14:47 vm postfix/smtp[30120]: 4jYhZY3r8Gz2FsxD: to=<far@away.test>, relay=mx, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
Nov 24 12:15:01 vm postfix/mx/smtpd[30104]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <nobody@corp.test>: Recipient address rejected; from=<a@away.test> to=<nobody@corp.test> proto=ESMTP helo=<x>
Nov 24 12:15:02 vm postfix/cleanup[30105]: 4jYhZY3r8Gz2FsxE: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 spam; from=<a@away.test> to=<bob@corp.test> proto=ESMTP helo=<x>
Nov 24 12:15:03 vm postfix/qmgr[30074]: 4jYhZY3r8Gz2FsxB: removed
"""


def test_each_line_counts_once_across_restarts_and_rotation(tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    instance.log.mkdir()
    log = instance.log / "postfix.log"
    assert not Traffic(instance).turn()  # no log yet: what comes is new
    log.write_text(LINES + "Nov 24 12:15:04 vm postfix/lmtp[1]: half")
    traffic = Traffic(instance)
    assert traffic.turn() == {
        ("corp.test", "received"): 1, ("away.test", "deferred"): 1, ("corp.test", "refused"): 2,
    }  # fmt: skip
    assert not traffic.turn() and not Traffic(instance).turn()
    log.write_text(LINES + "Nov 24 12:15:04 vm postfix/lmtp[1]: half a line: to=<x@corp.test>, status=sent\n")
    log.rename(instance.log / "postfix.log.1")
    log.write_text(LINES.splitlines()[0] + "\n")
    assert Traffic(instance).turn()["corp.test", "received"] == 1
    assert "dave" not in (instance.events / "traffic.jsonl").read_text()


def test_what_was_logged_before_the_first_look_is_history(tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    instance.log.mkdir()
    (instance.log / "postfix.log").write_text(LINES)
    assert not Traffic(instance).turn()
