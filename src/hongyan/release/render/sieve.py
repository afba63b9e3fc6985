"""Sieve scripts that run before every person's own.

Always: they only sort; refusing is the gate's and Rspamd's part. A copy of what was sent as a shared mailbox comes to an
address that the gate alone can use (engines/gate/shared.py).
"""

from __future__ import annotations

from pathlib import Path

from hongyan.release.render.filetext import FileText

DIRECTORY = "etc/sieve/before.d"

#: One script: a second one costs every delivery a third more of the processor. X-Hongyan-Sender says who wrote what was
#: sent, in this copy alone; Rspamd's milter adds `X-Spam: Yes` above its `add_header` score. RFC 5228, 5490 (mailbox),
#: 5233 (subaddress), 5293 (editheader), 5232 (flags).
_SORT = """\
# Compiled by Hongyan. Changes made here are lost.
require ["envelope", "subaddress", "variables", "editheader", "fileinto", "mailbox", "imap4flags"];

if envelope :detail :matches "to" "hongyan-sent.*=*" {
    set "writer" "${1}@${2}";
    deleteheader "X-Hongyan-Sender";
    addheader "X-Hongyan-Sender" "${writer}";
    fileinto :create :flags "\\\\Seen" "Sent";
    stop;
}
if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
"""


def files() -> dict[str, FileText]:
    return {f"{DIRECTORY}/10-sort.sieve": FileText(_SORT)}


def checks(root: Path) -> list[tuple[str, list[str]]]:
    """The compiler, its result shown instead of written: Dovecot keeps compiled scripts in a directory of its own.

    Never with an output file: sievec writes aside and renames, which as root replaces even /dev/null.
    """
    conf = str(root / "etc/dovecot.conf")
    scripts = sorted((root / DIRECTORY).glob("*.sieve"))
    return [
        ("sievec", ["/usr/bin/sievec", "-c", conf, "-o", "stats_writer_socket_path=", "-d", str(s), "-"])
        for s in scripts
    ]
