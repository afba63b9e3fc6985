"""How the service is, what the engines read, what is being worked on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from hongyan.company.people.models import Company
from hongyan.company.tasks import actions as tasks
from hongyan.company.tasks.models import Task
from hongyan.engines import health
from hongyan.engines.desk import actions as desk
from hongyan.faces.api.asking import Asking, runs_machine, this_instance
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Cursor, Limit, Page, addressed
from hongyan.faces.api.schemas import machine as shapes
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import PUBLIC_PORTS, Instance
from hongyan.kernel.wording import say
from hongyan.release import store

router = Router()


# -- state ---------------------------------------------------------------------------------------------------
@router.get("status", response=shapes.Status, tags=["Service"], summary="Whether the service is well, and where it is")
def show_status(request: Asking) -> object:
    instance = this_instance()
    machine = runs_machine(request.actor)
    slugs = [request.actor.company] if request.actor.company else Company.objects.values_list("slug", flat=True)
    _require_health(request, machine, slugs)
    found = health.read(instance)
    return {
        "ready": bool(found and found.well), "reported_at": found.at if found else None,
        "release": found.release if found and machine else None, "queue": found.queue if found and machine else None,
        "disk_free_mb": found.disk_free_mb if found and machine else None,
        "services": [{"name": s.name, "state": s.state} for s in found.services] if found and machine else None,
        "web_url": instance.web_url, "ports": {name: instance.ports[name] for name in PUBLIC_PORTS},
    }  # fmt: skip


def _require_health(request: Asking, machine: bool, slugs: Iterable[str]) -> None:
    if not any(request.actor.may_somewhere("health.read", slug) for slug in (["*"] if machine else slugs)):
        raise Refusal("permission.missing", clause="G2.1.3", permission="health.read")


# -- releases ------------------------------------------------------------------------------------------------
def _manifest(instance: Instance, number: int, live: int) -> shapes.Release:
    manifest = store.read_manifest(store.directory(instance, number))
    return shapes.Release(
        number=manifest.number, at=manifest.at, base=manifest.base, cause=manifest.cause,  # type: ignore[arg-type]
        addresses=list(manifest.addresses), live=number == live,
    )  # fmt: skip


def _require_machine(request: Asking) -> None:
    if not runs_machine(request.actor):
        raise Refusal("permission.missing", clause="G2.1.3", permission="release.write")
    request.actor.require("release.write", "*")


@router.get("releases", response=shapes.ReleasePage, tags=["Service"], summary="List releases on disk, newest first")
def list_releases(
    request: Asking, limit: Limit = DEFAULT,
    cursor: Annotated[int | None, Query(ge=1, le=1 << 53, description="The `next` of the page before.")] = None,
) -> object:  # fmt: skip
    _require_machine(request)
    instance = this_instance()
    numbers = [n for n in sorted(store.numbers(instance), reverse=True) if cursor is None or n < cursor]
    live = store.live_number(instance)
    following = str(numbers[limit - 1]) if len(numbers) > limit else None
    return {"items": [_manifest(instance, n, live) for n in numbers[:limit]], "next": following}


@router.get("releases/{int:number}", response=shapes.Release, tags=["Service"], summary="Show a release")
def show_release(request: Asking, number: int) -> object:
    _require_machine(request)
    instance = this_instance()
    with addressed():
        if number not in store.numbers(instance):
            raise Refusal("release.unknown", number=number)
    return _manifest(instance, number, store.live_number(instance))


@router.post(
    "releases/{int:number}/roll-back", response={202: shapes.Release}, tags=["Service"],
    summary="Have an earlier release's files published again",
)  # fmt: skip
def roll_back_release(request: Asking, number: int, body: shapes.RollBack) -> object:
    _require_machine(request)
    instance = this_instance()
    with addressed():
        if number not in store.numbers(instance):
            raise Refusal("release.unknown", number=number)
    desk.roll_back_release(actor=request.actor, instance=instance, number=number, reason=body.reason)
    return _manifest(instance, number, store.live_number(instance))


# -- tasks ---------------------------------------------------------------------------------------------------
def _task(task: Task, locale: str) -> dict[str, object]:
    error = tasks.error_of(task)
    return {
        "id": task.pk, "kind": task.kind, "company": task.company.slug if task.company else None, "state": task.state,
        "done": task.done, "total": task.total, "error": say(error, locale) if error else None, "actor": task.actor,
        "created_at": task.created_at, "ended_at": task.ended_at,
    }  # fmt: skip


def _find_task(request: Asking, number: int) -> Task:
    """The work of the account that made the token; for the machine's operator everybody's."""
    task = Task.objects.select_related("company").filter(pk=number).first()
    own = task is not None and task.account_id is not None and task.account_id == request.actor.maker_id
    with addressed():
        if task is None or not (own or runs_machine(request.actor)):
            raise Refusal("task.unknown", task=number)
    return task


@router.get("tasks", response=shapes.TaskPage, tags=["Tasks"], summary="List background work, newest first")
def list_tasks(request: Asking, response: HttpResponse, limit: Limit = DEFAULT, cursor: Cursor = None) -> object:
    rows = Task.objects.select_related("company")
    if not runs_machine(request.actor):
        rows = rows.filter(account=request.actor.maker_id) if request.actor.maker_id else rows.none()
    return page_of(
        request, response, rows, Page(limit, cursor), lambda some: [_task(t, request.locale) for t in some], by="id",
        down=True,
    )  # fmt: skip


@router.get("tasks/{int:number}", response=shapes.Task, tags=["Tasks"], summary="Show a piece of background work")
def show_task(request: Asking, number: int) -> object:
    return _task(_find_task(request, number), request.locale)


@router.post("tasks/{int:number}/stop", response={202: shapes.Task}, tags=["Tasks"], summary="Stop it at its next step")
def stop_task(request: Asking, number: int) -> object:
    task = _find_task(request, number)
    tasks.stop_task(actor=replace(request.actor, account_id=request.actor.maker_id), task=task)
    task.refresh_from_db()
    return _task(task, request.locale)
