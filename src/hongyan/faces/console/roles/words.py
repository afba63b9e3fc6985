"""Roles and rights in the reader's language, from the catalogue that the command line and refusals speak with, too."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hongyan.company.people.models import RoleGrant
from hongyan.company.people.rights import Held
from hongyan.faces.templatetags.page import megabytes
from hongyan.faces.web.words import current_locale, named, tell
from hongyan.kernel.decision import Decision


def role_word(role: str) -> str:
    return named("role_name", role)


def right_word(permission: str) -> str:
    return named("right_name", permission)


def right_meaning(permission: str) -> str:
    return tell(Decision(f"right_means.{permission}"), current_locale())


def where(company: str, unit: str) -> str:
    return unit or (_("The whole company") if company else _("Every company"))


def where_of(grant: RoleGrant | Held) -> str:
    if isinstance(grant, Held):
        return where(grant.company, grant.unit)
    return where(grant.company.name if grant.company else "", grant.unit.path if grant.unit else "")


def limits_of(grant: RoleGrant) -> list[str]:
    """What the grant holds less than its role: some rights only, a share of seats and storage."""
    found = [right_word(permission) for permission in grant.permissions or ()]
    if grant.seats is not None:
        found.append(_("%(n)s mailboxes") % {"n": grant.seats})
    if grant.storage_mb is not None:
        found.append(str(megabytes(grant.storage_mb)))
    return found
