"""Reads of profiles: which there are, what a move would change, who has something because of a post."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from hongyan.company.mailboxes.moving import left_behind
from hongyan.company.people.models import Appointment, Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.company.profiles.models import Given, Profile
from hongyan.company.profiles.settling import own_mailbox
from hongyan.company.profiles.things import Post, Thing, brought, posts_of, profiles_of
from hongyan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would change. `taken` says by whom it was given: by a post or by hand."""

    given: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  #: brought by both the old and the new post
    taken: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()  #: taken as well: given by hand, of a unit that he leaves
    keeps: tuple[str, ...] = ()  #: shared mailboxes that need another keeper first: until then the move is refused

    @property
    def nothing(self) -> bool:
        return not (self.given or self.taken or self.by_hand or self.keeps)


def preview_move(person: Person, leaving: Appointment | None, to: Post | None) -> Preview:
    """What would be given and taken if this post ended (None: none does) and that one began (None: none does).

    Reads alone, as things stand today.
    """
    now = posts_of(person)
    gone = Post(leaving.unit, leaving.post, leaving.grade) if leaving is not None else None
    after = [post for post in now if post != gone] + ([to] if to is not None else [])
    held = left_behind(person, tuple(post.unit.path for post in after))
    if own_mailbox(person) is None:
        return Preview(keeps=held.kept)
    profiles = profiles_of(person.company)
    before, then = brought(now, profiles), brought(after, profiles)
    has = {row.key: row for row in Given.objects.select_related("group", "shared").filter(person=person)}
    taken = [before[key].what if key in before else has[key].value for key in has if key not in then]
    by_post = {thing.what for thing in before.values()}
    return Preview(
        given=_named(then[key] for key in then if key not in before and key not in has),
        kept=_named(then[key] for key in then if key in before or key in has),
        taken=tuple(dict.fromkeys(taken)),
        by_hand=tuple(a for a in (*held.shared, *held.groups) if a not in by_post),
        keeps=held.kept,
    )


def _named(things: Iterable[Thing]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thing.what for thing in things))


def list_profiles(actor: Actor, company: Company) -> QuerySet[Profile]:
    """Every profile with how many persons have something from it. Refuses `permission.missing`."""
    actor.require("settings.write", company.slug)
    rows = Profile.objects.filter(company=company).select_related("unit", "company").prefetch_related("items")
    waiting = Count("given", filter=Q(given__state="waiting"))
    return rows.annotate(persons=Count("given__person", distinct=True), waiting=waiting)


def given_to(person: Person) -> list[Given]:
    """What the person has because of his posts, and what waits."""
    rows = Given.objects.select_related("group", "shared", "unit", "profile", "mailbox__company")
    return list(rows.filter(person=person).order_by("kind", "pk"))


def waiting_in(actor: Actor, company: Company) -> QuerySet[Given]:
    """What waits for somebody to agree, of persons within the actor's reach, the oldest first."""
    rows = Given.objects.select_related("person__company", "mailbox__company", "group", "shared", "unit", "profile")
    persons = persons_within(actor, "mailbox.write", company).values("pk")
    return rows.filter(person__in=persons).exclude(state="given").order_by("since", "pk")
