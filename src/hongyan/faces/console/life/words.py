"""What the states of a mailbox's life, its stops and its next steps are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

#: The way of a mailbox as it is drawn: state, name, what it means.
WAY: Final = (
    ("requested", _("Requested"), _("somebody asked for it")),
    ("activation", _("Waiting"), _("opened; its owner has not set a password")),
    ("active", _("In use"), _("signs in, sends, receives")),
    ("suspended", _("Suspended"), _("sending, signing in or receiving is stopped")),
    ("leaving", _("Owner leaves"), _("its owner leaves")),
    ("retained", _("Kept"), _("nobody signs in; kept for a time")),
    ("closed", _("Closed"), _("nothing is delivered")),
    ("alias", _("Alias"), _("the address is a colleague's")),
)
WHAT: Final = (
    ("sending", _("Sending"), _("Its owner signs in and reads; nothing is sent from it or as it.")),
    ("signing_in", _("Signing in"), _("Nobody signs in or sends; live sessions end. Mail is still received.")),
    ("receiving", _("Receiving"), _("Mail to it is refused at once, with a sentence. Groups go on without it.")),
)
SAID: Final = {
    "stopped": _("It is stopped on every protocol."),
    "lifted": _("The stop is lifted."),
    "leaving": _("The mailbox is leaving."),
    "stays": _("Its owner stays."),
    "retained": _("The mailbox is kept; everybody is signed out."),
    "unretained": _("The mailbox is given back."),
    "forward": _("Forwarding is changed."),
    "reply": _("The answer is changed."),
    "alias": _("The mailbox is closed; its address leads to a colleague."),
    "expiry": _("The last day is changed."),
}
