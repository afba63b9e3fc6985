"""Writes of who runs the rules: a new version of a chain, how a form is used, a ready policy as a whole.

Always: permission (settings.write), row and audit event in one transaction; what runs keeps the chain it began with.
Clauses: B1.1-7, B2, G3.1.2, P5, P12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from hongyan.company.people.models import Company
from hongyan.company.requests import chains, conditions
from hongyan.company.requests.models import Chain, FormRule, Series
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import LOCALES

_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}")


def use_pack(*, actor: Actor, company: Company, pack: str) -> None:
    """One of the ready policies: its chains as new versions, its rules instead of the company's own."""
    actor.require("settings.write", company.slug)
    ready = chains.pack_named(pack)
    with transaction.atomic():
        Series.objects.update_or_create(company=company, defaults={"pack": ready.name})
        for name, chain in ready.chains.items():
            _store(actor, company, name, dict(chain["title"]), [dict(step) for step in chain["steps"]], ready.name)
        FormRule.objects.filter(company=company).delete()
        ledger.record("requests.pack", chain=company.slug, actor=actor.name, subject=company.slug, pack=ready.name)


def save_chain(
    *, actor: Actor, company: Company, name: str, title: Mapping[str, str], steps: Sequence[Mapping[str, Any]]
) -> Chain:
    """A new version; the same again changes nothing. Refuses `request.chain_refused` with every reason, `request.chain_name`."""
    actor.require("settings.write", company.slug)
    if not _NAME.fullmatch(name):
        raise Refusal("request.chain_name", name=name[:40])
    titles = {key: " ".join(str(text).split()) for key, text in title.items() if str(text).strip()}
    if not titles or not set(titles) <= set(LOCALES) or any(len(text) > 80 for text in titles.values()):
        raise Refusal("request.chain_refused", reasons=(Decision("request.chain.title", {"limit": 80}),))
    cleaned = chains.cleaned_steps(company, [dict(step) for step in steps])
    with transaction.atomic():
        return _store(actor, company, name, titles, cleaned, "")


def _store(
    actor: Actor, company: Company, name: str, title: dict[str, str], steps: list[dict[str, Any]], pack: str
) -> Chain:
    Series.objects.get_or_create(company=company, defaults={"pack": chains.DEFAULT_PACK})
    Series.objects.select_for_update().get(company=company)  # of two who save at once the second makes the next version
    last = chains.newest(company, name)
    if last is not None and last.steps == steps and last.title == title:
        return last
    chain = Chain.objects.create(
        company=company, name=name, version=last.version + 1 if last else 1, title=title, steps=steps, pack=pack,
        made_at=clock.now(), made_by=actor.name,
    )  # fmt: skip
    ledger.record(
        "requests.chain", chain=company.slug, actor=actor.name, subject=f"chain/{name}", version=chain.version,
        steps=[step["by"] for step in steps],
    )  # fmt: skip
    return chain


def set_form(
    *, actor: Actor, company: Company, form: str, enabled: bool | None = None, chain: str | None = None,
    who: Sequence[Mapping[str, Any]] | None = None, exception: str | None = None,
) -> FormRule:  # fmt: skip
    """How the company uses a form (None: as it is). Refuses `request.form_unknown`, `request.chain_unknown`,
    `request.rule_refused` with reasons."""
    actor.require("settings.write", company.slug)
    rule = chains.rule_for(company, form)
    for name in (chain, exception):
        if name:
            chains.chain_named(company, name)
    conditions_ = [dict(c) for c in (rule.who if who is None else who)]
    if flaws := conditions.flaws_of(conditions_):
        raise Refusal("request.rule_refused", clause="B1", reasons=tuple(flaws))
    after = {
        "enabled": rule.enabled if enabled is None else enabled,
        "chain": rule.chain if chain is None else chain,
        "exception": rule.exception if exception is None else exception,
        "who": conditions_,
    }
    if not after["chain"]:
        raise Refusal("request.chain_unknown", chain="", known=", ".join(chains.names_of(company)))
    before = {"enabled": rule.enabled, "chain": rule.chain, "exception": rule.exception, "who": [*map(dict, rule.who)]}
    with transaction.atomic():
        row, _ = FormRule.objects.update_or_create(
            company=company, form=form, defaults=after | {"changed_at": clock.now(), "changed_by": actor.name}
        )
        if before != after:
            ledger.record(
                "requests.form",
                chain=company.slug,
                actor=actor.name,
                subject=f"form/{form}",
                before=before,
                after=after,
            )
    return row


def reset_form(*, actor: Actor, company: Company, form: str) -> None:
    """Back to what the pack says."""
    actor.require("settings.write", company.slug)
    chains.require_form(form)
    with transaction.atomic():
        if FormRule.objects.filter(company=company, form=form).delete()[0]:
            ledger.record(
                "requests.form", chain=company.slug, actor=actor.name, subject=f"form/{form}", before={}, after={}
            )
