"""The mail programs of the guide: their steps, and for each dialog the fields as they are to be filled in.

Owns: the words of the guide. Field names are those of the program in the reader's language, so that they are found there.
Never: knows a person; a field's value is named (`address`, `imap_port` ...) and filled in by `guide.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Slug = Literal["outlook", "foxmail", "thunderbird", "mac", "iphone", "android"]


@dataclass(frozen=True, slots=True)
class Field:
    label: Text
    value: str = ""  #: name of one of the person's values
    fixed: Text = ""  #: or words to choose in the dialog
    kind: Literal["text", "choice", "tick", "section"] = "text"


@dataclass(frozen=True, slots=True)
class Dialog:
    title: Text
    fields: tuple[Field, ...]
    button: Text = ""


@dataclass(frozen=True, slots=True)
class Step:
    text: Text
    dialog: Dialog | None = None
    download: bool = False  #: with the button that fetches Apple's profile


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the goal; the first of a program is the easiest."""

    title: Text
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Program:
    slug: Slug
    name: Text
    where: Text
    device: Text  #: what the app password is called when nobody says otherwise
    ways: tuple[Way, ...]
    on_phone: bool = False
    caution: Text = ""


def _section(label: Text) -> Field:
    return Field(label, kind="section")


_MANUAL: Final = _("With the settings typed in")

OUTLOOK: Final = Program(
    "outlook", "Outlook", _("Classic Outlook on Windows"), _("Outlook on the office PC"),
    (
        Way(_MANUAL, (
            Step(_("Choose File, then Add Account.")),
            Step(
                _("Type your address, open Advanced options and tick the box below. Then press Connect and choose IMAP."),
                Dialog("Outlook", (
                    Field(_("Email address"), "address"),
                    Field(_("Let me set up my account manually"), kind="tick"),
                ), _("Connect")),
            ),
            Step(
                _("Fill in both servers as shown."),
                Dialog(_("IMAP account settings"), (
                    _section(_("Incoming mail")),
                    Field(_("Server"), "imap_host"), Field(_("Port"), "imap_port"),
                    Field(_("Encryption method"), "imap_security", kind="choice"),
                    _section(_("Outgoing mail")),
                    Field(_("Server"), "smtp_host"), Field(_("Port"), "smtp_port"),
                    Field(_("Encryption method"), "smtp_security", kind="choice"),
                ), _("Next >")),
            ),
            Step(
                _("Type the app password and press Connect. Leave “Require logon using Secure Password Authentication” unticked."),
                Dialog("Outlook", (Field(_("Password"), "password"),), _("Connect")),
            ),
        )),
    ),
    caution=_(
        "The new Outlook for Windows and Outlook for phones hand your password and your mail to Microsoft's servers. "
        "Ask your mail office before you use them; classic Outlook does not do this."
    ),
)  # fmt: skip

FOXMAIL: Final = Program(
    "foxmail", "Foxmail", _("Foxmail on Windows"), _("Foxmail on the office PC"),
    (
        Way(_MANUAL, (
            Step(_("Open the menu, choose Account management, then New, then Other mailbox.")),
            Step(
                _("Type your address and the app password, then press Manual settings."),
                Dialog(_("New account"), (
                    Field(_("E-mail address"), "address"), Field(_("Password"), "password"),
                ), _("Manual settings")),
            ),
            Step(
                _("Fill in everything as shown and press Create."),
                Dialog(_("New account"), (
                    Field(_("Receiving server type"), fixed="IMAP", kind="choice"),
                    Field(_("Mail account"), "address"), Field(_("Password"), "password"),
                    Field(_("IMAP server"), "imap_host"), Field("SSL", kind="tick"), Field(_("Port"), "imap_port"),
                    Field(_("SMTP server"), "smtp_host"), Field("SSL", kind="tick"), Field(_("Port"), "smtp_port"),
                ), _("Create")),
            ),
        )),
    ),
)  # fmt: skip

THUNDERBIRD: Final = Program(
    "thunderbird", "Thunderbird", _("Windows, Mac and Linux"), _("Thunderbird on the office PC"),
    (
        Way(_("It finds the settings by itself"), (
            Step(_("At the first start Thunderbird asks for an account; later, open the menu and choose New Account, Email.")),
            Step(
                _("Type your name, your address and the app password, and press Continue."),
                Dialog(_("Add your account"), (
                    Field(_("Full name"), "name"), Field(_("Email address"), "address"),
                    Field(_("Password"), "password"),
                ), _("Continue")),
            ),
            Step(_("Thunderbird shows the servers it has found. Choose IMAP and finish.")),
        )),
        Way(_MANUAL, (
            Step(
                _("If nothing is found, choose to configure manually and fill in both servers as shown."),
                Dialog(_("Manual configuration"), (
                    _section(_("Incoming server")),
                    Field(_("Protocol"), fixed="IMAP", kind="choice"),
                    Field(_("Hostname"), "imap_host"), Field(_("Port"), "imap_port"),
                    Field(_("Connection security"), "imap_security", kind="choice"),
                    Field(_("Authentication method"), fixed=_("Normal password"), kind="choice"),
                    Field(_("Username"), "address"),
                    _section(_("Outgoing server")),
                    Field(_("Hostname"), "smtp_host"), Field(_("Port"), "smtp_port"),
                    Field(_("Connection security"), "smtp_security", kind="choice"),
                    Field(_("Authentication method"), fixed=_("Normal password"), kind="choice"),
                    Field(_("Username"), "address"),
                ), _("Done")),
            ),
        )),
    ),
)  # fmt: skip

_APPLE_PASSWORD: Final = Dialog(_("Enter Password"), (Field(_("Password"), "password"),), _("Next >"))
MAC: Final = Program(
    "mac", _("Apple Mail"), _("Mac"), _("Mail on the Mac"),
    (
        Way(_("With a profile"), (
            Step(_("Fetch your profile. It holds your address and the servers, but no password."), download=True),
            Step(_("Open System Settings, search for “Profiles”, double-click the downloaded profile and press Install.")),
            Step(_("Type the app password when the Mac asks for it."), _APPLE_PASSWORD),
        )),
        Way(_MANUAL, (
            Step(
                _("In Mail choose Add Account, then Other Mail Account."),
                Dialog(_("Add a Mail account"), (
                    Field(_("Name"), "name"), Field(_("Email Address"), "address"), Field(_("Password"), "password"),
                ), _("Sign In")),
            ),
            Step(
                _("If Mail asks for more, fill in as shown."),
                Dialog(_("Add a Mail account"), (
                    Field(_("User Name"), "address"), Field(_("Account Type"), fixed="IMAP", kind="choice"),
                    Field(_("Incoming Mail Server"), "imap_place"), Field(_("Outgoing Mail Server"), "smtp_place"),
                ), _("Sign In")),
            ),
        )),
    ),
)  # fmt: skip

IPHONE: Final = Program(
    "iphone", _("iPhone and iPad"), _("Apple's own Mail app"), _("iPhone"),
    (
        Way(_("With a profile"), (
            Step(_("Open this page in Safari on the iPhone and fetch your profile. It holds no password."), download=True),
            Step(_("Open Settings: “Profile Downloaded” stands at the top. Open it and press Install.")),
            Step(_("Type the app password when the iPhone asks for it."), _APPLE_PASSWORD),
        )),
        Way(_MANUAL, (
            Step(
                _("In Settings open Mail (on newer iPhones below Apps), Accounts, Add Account, Other, Add Mail Account."),
                Dialog(_("New Account"), (
                    Field(_("Name"), "name"), Field(_("Email"), "address"), Field(_("Password"), "password"),
                    Field(_("Description"), "company"),
                ), _("Next >")),
            ),
            Step(
                _("Choose IMAP and fill in both servers. “Optional” below the outgoing server is not optional here."),
                Dialog(_("New Account"), (
                    _section(_("Incoming Mail Server")),
                    Field(_("Host Name"), "imap_place"), Field(_("User Name"), "address"),
                    Field(_("Password"), "password"),
                    _section(_("Outgoing Mail Server")),
                    Field(_("Host Name"), "smtp_place"), Field(_("User Name"), "address"),
                    Field(_("Password"), "password"),
                ), _("Next >")),
            ),
        )),
    ),
    on_phone=True,
)  # fmt: skip

ANDROID: Final = Program(
    "android", "Android", _("The Gmail app; other apps ask for the same"), _("Android phone"),
    (
        Way(_MANUAL, (
            Step(_("In the Gmail app press your picture, Add another account, Other.")),
            Step(
                _("Type your address, press Next and choose Personal (IMAP). Then type the app password."),
                Dialog("Gmail", (Field(_("Email address"), "address"), Field(_("Password"), "password")), _("Next >")),
            ),
            Step(
                _("Incoming mail: fill in as shown."),
                Dialog(_("Incoming server settings"), (
                    Field(_("Username"), "address"), Field(_("Password"), "password"),
                    Field(_("Server"), "imap_host"), Field(_("Port"), "imap_port"),
                    Field(_("Security type"), "imap_security", kind="choice"),
                ), _("Next >")),
            ),
            Step(
                _("Outgoing mail: fill in as shown."),
                Dialog(_("Outgoing server settings"), (
                    Field(_("Require sign-in"), kind="tick"),
                    Field(_("Username"), "address"), Field(_("Password"), "password"),
                    Field(_("SMTP server"), "smtp_host"), Field(_("Port"), "smtp_port"),
                    Field(_("Security type"), "smtp_security", kind="choice"),
                ), _("Next >")),
            ),
        )),
    ),
    on_phone=True,
)  # fmt: skip

PROGRAMS: Final = (OUTLOOK, FOXMAIL, THUNDERBIRD, MAC, IPHONE, ANDROID)
