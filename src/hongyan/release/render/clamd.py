"""ClamAV: the scanner's settings, and freshclam's where the world can be reached.

Always: the signature directory is the instance's own (`clamav/db`), so that an instance runs without any system
signatures too; what sets it up is `engines/services.py`.
"""

from __future__ import annotations

from hongyan.release.facts import Ground
from hongyan.release.render.filetext import FileText, template


def files(ground: Ground) -> dict[str, FileText]:
    instance = ground.instance
    made = {"etc/clamd.conf": FileText(template("clamd.conf.j2", i=instance, megabytes=scan_megabytes(ground)))}
    if instance.outside:
        made["etc/freshclam.conf"] = FileText(template("freshclam.conf.j2", i=instance))
    return made


def scan_megabytes(ground: Ground) -> int:
    """A whole message with its headers must fit, or it could be neither scanned nor delivered."""
    return ground.instance.message_size_mb + 10
