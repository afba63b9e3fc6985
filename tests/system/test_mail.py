"""A message from one colleague to another, by every way in and every way out."""

from __future__ import annotations

import pytest

from tests.system.hands import Running


@pytest.mark.clause("R3", "B4.11")
@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_sent_by_submission_read_by_imap_and_pop3(world: Running, port: str) -> None:
    subject = f"by-{port}"
    with world.submit("alice@corp.test", port=port) as client:
        client.sendmail(
            "alice@corp.test",
            ["bob@corp.test"],
            f"From: alice@corp.test\r\nSubject: {subject}\r\n\r\n合同\r\n".encode(),
        )
    assert "合同".encode() in world.found("bob@corp.test", subject)
    pop = world.pop3("bob@corp.test")
    lines = [b"\r\n".join(pop.retr(n + 1)[1]) for n in range(len(pop.list()[1]))]
    pop.quit()
    assert any(f"Subject: {subject}".encode() in text for text in lines)
