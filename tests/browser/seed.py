"""`python -m tests.browser.seed DIR PORT`: an instance with the cast, a certificate, and mailboxes that wait for their
owners, for a web server that a browser visits. Prints what only the maker knows: passwords and links."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

from tests.instance import make_instance


def make(root: Path, port: int) -> dict[str, str]:
    settings = make_instance(root).root / "instance.toml"
    text = settings.read_text().replace("web = 8443", f"web = {port}").replace("mail.corp.test", "localhost")
    settings.write_text(text)
    os.environ |= {"HONGYAN_DIR": str(root), "DJANGO_SETTINGS_MODULE": "hongyan.faces.settings"}
    django.setup()
    call_command("migrate", verbosity=0)
    return fill(root)


def fill(root: Path) -> dict[str, str]:
    from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox, open_with_password
    from hongyan.company.people.credentials import ensure_operator, make_link
    from hongyan.company.people.models import Link
    from hongyan.engines.setup.certificates import ensure
    from hongyan.kernel import clock
    from hongyan.kernel.instance import load
    from tests.cast import make_cast

    instance = load(root)
    ensure(instance.tls, instance.hostname, now=clock.now(), group=os.getgid())
    cast = make_cast()
    _, first = open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test", display_name="夏伊芙"), password=None
    )
    fan = open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("fan@corp.test"))
    assert fan.account is not None
    made = {
        "first": first,
        "activate": make_link(actor=cast.operator, account=fan.account, purpose="activate"),
        "link": make_link(actor=cast.operator, account=ensure_operator(actor=cast.operator), purpose="signin"),
        "second": make_link(actor=cast.operator, account=ensure_operator(actor=cast.operator), purpose="signin"),
    }
    Link.objects.update(used_at=None)  # a new link ends the one before it; these tests need both
    return made


if __name__ == "__main__":
    print(json.dumps(make(Path(sys.argv[1]), int(sys.argv[2]))))
