"""Sieve scripts that run before every person's own.

Always: they only sort; refusing is the gate's and Rspamd's part.
"""

from __future__ import annotations

from pathlib import Path

from hongyan.release.render.filetext import FileText

DIRECTORY = "etc/sieve/before.d"

#: Rspamd's milter adds `X-Spam: Yes` above its `add_header` score. RFC 5228, RFC 5490 (mailbox).
_JUNK = """\
# Compiled by Hongyan. Changes made here are lost.
require ["fileinto", "mailbox"];

if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
"""


def files() -> dict[str, FileText]:
    return {f"{DIRECTORY}/10-junk.sieve": FileText(_JUNK)}


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
