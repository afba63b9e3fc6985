"""The MTA-STS resolver's settings (postfix-mta-sts-resolver), where the world can be reached.

Always: a domain's policy is asked for before mail goes there, and kept in the instance beyond a restart: an old policy
still protects when somebody suppresses the new one (RFC 8461 5.1).
"""

from __future__ import annotations

from hongyan.release.facts import Ground
from hongyan.release.render.filetext import FileText, template


def files(ground: Ground) -> dict[str, FileText]:
    if not ground.instance.outside:
        return {}
    return {"etc/mta-sts.yml": FileText(template("mta-sts.yml.j2", i=ground.instance))}
