"""What a signature's variables stand for."""

from __future__ import annotations

from hongyan.company.people.models import Account, Appointment, Company


def signature_values(account: Account, company: Company) -> dict[str, str]:
    """Of the account's person; for an account without one (the operator), names in the place of what is not there."""
    person = account.person if account.company_id == company.pk else None
    main = company.domains.order_by("-main", "created_at").first()
    if person is None:
        values = {name: f"‹{name}›" for name in ("name", "latin_name", "post", "unit", "phone", "mobile", "number")}
        return values | {"company": company.name, "address": f"name@{main.name if main else company.slug}"}
    post = Appointment.objects.select_related("unit").filter(person=person).order_by("pk").first()
    return {
        "name": person.name, "latin_name": person.latin_name, "phone": person.phone, "mobile": person.mobile,
        "number": person.number, "post": post.post if post else "", "unit": post.unit.name if post else "",
        "company": company.name, "address": account.login,
    }  # fmt: skip
