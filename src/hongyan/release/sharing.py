"""What Dovecot reads of a shard of the table `shares`: who may open which shared mailbox, and how.

Owns: the names of the two files made from each shard, their syntax, the letters of a right (RFC 4314).
Always: both depend on the shard's rows alone; every person holds his own folders without the right to administer them, so
that nobody shares his mailbox by himself (clause G4.2.3). Nothing else opens another's folders.

`NAME.acl` is a global access list, chosen by the reader's address; `NAME.dict` lists whose folders a reader finds under
`Shared/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

#: The folder that the system alone puts messages into: what stands there was sent, by whom it says.
SENT: Final = "Sent"
#: lookup, read, own marks of what was read
READ: Final = "lrs"
#: ... marks, deletion, filing, expunging, making and removing folders; never `a` (administer) nor `p` (post)
WRITE: Final = "lrwstiekx"
_OWNER: Final = "lrwstipekx"


def letters(*, write: bool) -> str:
    return WRITE if write else READ


def access(rows: Mapping[str, str]) -> str:
    """The access list. Keys are MEMBER/MAILBOX, values the letters."""
    lines = [f"* owner {_OWNER}"]
    for member, mailbox, rights in _sorted(rows):
        root = f"Shared/{mailbox}"
        lines += [f"{root} user={member} {rights}", f"{root}/* user={member} {rights}"]
        if "i" in rights:  # nobody files into Sent, removes or renames it
            lines.append(f"{root}/{SENT} -user={member} ix")
    return "".join(f"{line}\n" for line in lines)


def shown(rows: Mapping[str, str]) -> str:
    """The file of Dovecot's dictionary of shared mailboxes: key and value on a line each."""
    return "".join(f"shared/shared-boxes/user/{member}/{mailbox}\n1\n" for member, mailbox, _ in _sorted(rows))


#: suffix of the file -> what is in it
VIEWS: Final[dict[str, Callable[[Mapping[str, str]], str]]] = {"acl": access, "dict": shown}


def _sorted(rows: Mapping[str, str]) -> list[tuple[str, str, str]]:
    parts = ((*key.rsplit("/", 1), rights) for key, rights in rows.items())
    return sorted((member, mailbox, rights) for member, mailbox, rights in parts)
