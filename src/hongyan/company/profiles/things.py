"""Which things posts bring: a pure reading of profiles, without a write.

Always: of two profiles that bring the same thing one gives it; rights in a shared mailbox are joined, the larger size holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hongyan.company.mailboxes.members import RIGHTS
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.holding import holds
from hongyan.company.people.models import Appointment, Company, Person, Unit
from hongyan.company.profiles.models import Item, Profile


@dataclass(frozen=True, slots=True)
class Post:
    """A post as profiles look at it; it need not be held yet."""

    unit: Unit
    title: str = ""
    grade: int = 0


@dataclass(frozen=True, slots=True)
class Thing:
    """`what`: as people read it: an address, a permit's or role's code, `size`."""

    kind: str
    key: str
    what: str
    unit: Unit
    profile: Profile
    value: str = ""
    rights: tuple[str, ...] = ()
    group: Group | None = None
    shared: Mailbox | None = None


def posts_of(person: Person) -> list[Post]:
    """What he holds today."""
    rows = Appointment.objects.filter(holds(), person=person).select_related("unit__company").order_by("lent", "pk")
    return [Post(row.unit, row.post, row.grade) for row in rows]


def profiles_of(company: Company) -> list[Profile]:
    """With their items, in the order in which they were made."""
    rows = Profile.objects.filter(company=company).select_related("unit")
    return list(rows.prefetch_related("items__group", "items__shared").order_by("pk"))


def fits(profile: Profile, post: Post) -> bool:
    """Whether the post is one of the profile's."""
    unit = profile.unit
    under = unit is not None and profile.below and post.unit.path.startswith(unit.path + "/")
    if unit is not None and post.unit.pk != unit.pk and not under:
        return False
    return (not profile.post or profile.post == post.title) and post.grade >= profile.grade


def brought(posts: Sequence[Post], profiles: Iterable[Profile]) -> dict[str, Thing]:
    """Everything that these posts bring, by key."""
    found: dict[str, Thing] = {}
    for profile in profiles:
        for post in posts:
            if not fits(profile, post):
                continue
            for item in sorted(profile.items.all(), key=lambda i: i.pk):
                thing = _thing(profile, item, post)
                before = found.get(thing.key)
                found[thing.key] = thing if before is None else _joined(before, thing)
    return found


def _thing(profile: Profile, item: Item, post: Post) -> Thing:
    given = Thing(item.kind, "", item.value, post.unit, profile, item.value, (), item.group, item.shared)
    match item.kind:
        case "group" if item.group is not None:
            return replace(given, key=f"group/{item.group.pk}", what=item.group.address)
        case "shared" if item.shared is not None:
            rights = tuple(right for right in RIGHTS if right in item.rights)
            return replace(given, key=f"shared/{item.shared.pk}", what=item.shared.address, rights=rights)
        case "permit":
            return replace(given, key=f"permit/{item.value}", what=item.value.partition(":")[0])
        case "role":
            return replace(given, key=f"role/{item.value}/{post.unit.pk}")
        case "size":
            return replace(given, key="size", what="size")
    raise ValueError(f"a profile's item {item.kind!r} without what it brings")


def _joined(one: Thing, other: Thing) -> Thing:
    if one.kind == "size":
        return max(one, other, key=lambda thing: int(thing.value))
    return replace(one, rights=tuple(right for right in RIGHTS if right in {*one.rights, *other.rights}))
