"""A week of mail: threads and daily series placed in time, every person in it writing from an own address.

Owns: `conversations`, `SampleMessage`, the working days, who signs how.
Always: deterministic for one `now`; no message is dated after it; nobody writes as somebody else.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from hongyan.company.policy.password_text import simplified_table
from hongyan.company.sample import series
from hongyan.company.sample.attachments import make
from hongyan.company.sample.mime import Letter, Party, to_bytes
from hongyan.company.sample.plan import Locale, SampleCompany, SamplePerson, SamplePlan, plan as make_plan
from hongyan.company.sample.threads import Contact, Mail, Style, Thread, load_contacts, load_threads

OUTSIDE = "outside.test"
ZONE = timezone(timedelta(hours=8))
DAYS = 5
#: A working day is over, and its mail complete, at this hour.
DAY_ENDS = 19
MAILERS = ("Microsoft Outlook 16.0", "Microsoft Outlook 16.0", "Foxmail 7.2.25.375", "Apple Mail (2.3776.700.51)")

REPLY = re.compile(r"^(?:(?:re|回复|回覆)[:：]\s*)+", re.IGNORECASE)
CARD_WORDS = {
    "zh-Hant": ("電話", "手機", "郵箱", "："),
    "zh-Hans": ("电话", "手机", "邮箱", "："),
    "en": ("Tel", "Mobile", "Mail", " "),
}


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """One message and how it comes in: submitted by `login`, or (None) from outside by port 25."""

    key: str
    login: str | None
    from_address: str
    recipients: tuple[str, ...]
    content: bytes
    when: datetime
    subject: str
    message_id: str = ""
    answers: str = ""  #: the Message-ID that it answers


def conversations(now: datetime, plan: SamplePlan | None = None, outside: str = OUTSIDE) -> list[SampleMessage]:
    """The mail of the last five complete working days and of today until now, oldest first."""
    week = _Week(now.astimezone(ZONE), plan or make_plan(), outside)
    found = [message for thread in (*load_threads(), *series.threads()) for message in week.thread(thread)]
    return sorted(found, key=lambda message: (message.when, message.key))


def working_days(now: datetime) -> list[date]:
    """The last five working days that are over, oldest first."""
    day, days = now.date(), list[date]()
    if now.hour < DAY_ENDS:
        day -= timedelta(days=1)
    while len(days) < DAYS:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Somebody who appears in a mail, inside or outside."""

    party: Party
    person: SamplePerson | None = None
    contact: Contact | None = None


class _Week:
    def __init__(self, now: datetime, plan: SamplePlan, outside: str) -> None:
        self.now = now
        self.plan = plan
        self.outside = outside
        self.days = working_days(now)
        self.persons = plan.persons()
        self.contacts = load_contacts()
        self.names = _display_names(plan)

    def thread(self, thread: Thread) -> Iterator[SampleMessage]:
        when, previous = self._start(thread), None
        for number, mail in enumerate(thread.mails):
            if number:
                when += timedelta(minutes=mail.after, seconds=_spread(f"{thread.key}/{number}", 60))
            letter = self._letter(thread, number, mail, min(when, self._latest(thread, number)), previous)
            yield self._message(mail, letter)
            previous = letter

    def _start(self, thread: Thread) -> datetime:
        seconds = timedelta(seconds=_spread(thread.key, 60))
        if thread.ago is not None:
            return self.now - timedelta(minutes=thread.ago) + seconds
        hour, minute = map(int, thread.at.split(":"))
        day = self.days[thread.day]
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE) + seconds

    def _latest(self, thread: Thread, number: int) -> datetime:
        """A little before now, later mails of a thread a little later."""
        return self.now - timedelta(seconds=90 - min(number, 80))

    def _letter(self, thread: Thread, number: int, mail: Mail, when: datetime, previous: Letter | None) -> Letter:
        writer = self._who(mail.sender)
        answers = previous if mail.reply else None
        to = mail.to or ((answers.sender.address,) if answers else ())
        sender = Party(self.names[self._address(mail.as_)], self._address(mail.as_)) if mail.as_ else writer.party
        when = when.replace(microsecond=0)
        return Letter(
            key=f"{thread.key}/{number}",
            sender=sender,
            to=tuple(self._who(name).party for name in to),
            cc=tuple(self._who(name).party for name in mail.cc),
            subject=self._subject(thread, mail, writer, answers),
            when=when,
            text=mail.text.strip(),
            style=mail.style or _style(writer),
            locale=_locale(writer),
            signature=_signature(writer, sender, mail),
            answers=answers,
            quote=mail.quote,
            references=(*answers.references, answers.message_id) if answers else (),
            charset=mail.charset,
            mailer=_mailer(writer),
            colour=writer.contact.colour if writer.contact else "",
            headers=tuple(mail.headers.items()),
            files=tuple(make(recipe, when) for recipe in mail.attach),
        )

    def _subject(self, thread: Thread, mail: Mail, writer: _Writer, answers: Letter | None) -> str:
        if mail.subject:
            return mail.subject
        if answers:
            return _prefix(writer) + REPLY.sub("", answers.subject)
        day = self.days[thread.day]
        return thread.subject.replace("{date}", f"{day.month}/{day.day}")

    def _message(self, mail: Mail, letter: Letter) -> SampleMessage:
        writer = self._who(mail.sender)
        return SampleMessage(
            key=letter.key,
            login=writer.person.address if writer.person else None,
            from_address=letter.sender.address,
            recipients=tuple(dict.fromkeys(party.address for party in (*letter.to, *letter.cc))),
            content=to_bytes(letter),
            when=letter.when,
            subject=letter.subject,
            message_id=letter.message_id,
            answers=letter.answers.message_id if letter.answers else "",
        )

    # -- people ----------------------------------------------------------------------------------------
    def _who(self, name: str) -> _Writer:
        if name.startswith("ext:"):
            return self._contact(self.contacts[name[4:]])
        if name.endswith(f"{self.outside}"):
            return next(w for w in map(self._contact, self.contacts.values()) if w.party.address == name)
        address = self._address(name)
        return _Writer(Party(self.names[address], address), person=self.persons.get(address))

    def _contact(self, contact: Contact) -> _Writer:
        local, _, sub = contact.address.partition("@")
        domain = f"{sub}.{self.outside}" if sub else self.outside
        return _Writer(Party(contact.name, f"{local}@{domain}"), contact=contact)

    def _address(self, name: str) -> str:
        """`carol` is at the first company, `charlie@yunqi` at the company of that name."""
        if name in self.names:
            return name
        local, _, slug = name.partition("@")
        return f"{local}@{self._company(slug or self.plan.companies[0].slug).domain}"

    def _company(self, slug: str) -> SampleCompany:
        return next(company for company in self.plan.companies if company.slug == slug)


def _display_names(plan: SamplePlan) -> dict[str, str]:
    names = {a: m.name for a, m in plan.mailboxes().items()}
    names |= {a: g.name for a, g in plan.groups().items()}
    names |= {a: _full_name(p) for a, p in plan.persons().items()}
    return names | {alias.address: names[alias.target] for company in plan.companies for alias in company.aliases}


def _full_name(person: SamplePerson) -> str:
    """In Hong Kong and among the English-writing, names go with their Latin form."""
    if person.latin and person.latin != person.name and person.place.name == "華南分公司":
        return f"{person.name} {person.latin}"
    return person.name


def _spread(key: str, size: int) -> int:
    """A number below `size` that belongs to the key."""
    return zlib.crc32(key.encode()) % size


def _locale(writer: _Writer) -> Locale:
    if writer.contact is not None:
        return writer.contact.locale
    return writer.person.locale if writer.person is not None else "zh-Hant"


def _prefix(writer: _Writer) -> str:
    return "回复：" if _locale(writer) == "zh-Hans" else "RE: " if _mailer(writer).startswith("Microsoft") else "Re: "


def _style(writer: _Writer) -> Style:
    return "plain" if _spread(writer.party.address + "/style", 10) < 4 else "letter"


def _mailer(writer: _Writer) -> str:
    if writer.contact is not None:
        return writer.contact.mailer
    if _locale(writer) == "zh-Hans" and _spread(writer.party.address, 2):
        return "Foxmail 7.2.25.375[cn]"
    return MAILERS[_spread(writer.party.address, len(MAILERS))]


def _signature(writer: _Writer, sender: Party, mail: Mail) -> tuple[str, ...]:
    """Who writes, with the writer's own telephone also under a shared address (clause G4.2.4)."""
    if not mail.sign:
        return ()
    if writer.contact is not None:
        return writer.contact.sign
    if writer.person is None:
        return ()
    return _card(writer.person, sender)


def _card(person: SamplePerson, sender: Party) -> tuple[str, ...]:
    main, place = person.posts[0], person.place
    unit, name = main.unit.rpartition("/")[2], person.name
    if person.latin and person.latin != name:
        name = f"{name} {person.latin}"
    if person.locale == "zh-Hans":
        unit = unit.translate(simplified_table())
    tel, mobile, mail, colon = CARD_WORDS[person.locale]
    english = person.locale == "en"
    return (
        name,
        f"{person.latin_post}, {place.latin_label}" if english else f"{place.label}  {unit}  {main.post}",
        f"{tel}{colon}{person.phone}  {mobile}{colon}{person.mobile}",
        f"{mail}{colon}{sender.address}",
        place.latin_address if english else place.address,
    )
