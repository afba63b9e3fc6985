from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hongyan.company.imports import actions
from hongyan.company.staff.models import Report
from hongyan.company.staff.syncing import look_at_sheet
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor
from tests.cast import Cast

Look = Callable[..., Report]


@pytest.fixture
def look(cast: Cast) -> Look:
    """Uploads a sheet that names everybody and compares, as Carol unless somebody else is named."""

    def go(data: bytes, *, actor: Actor | None = None, **more: Any) -> Report:
        actor = actor or cast.actor(cast.carol)
        batch = actions.upload_file(
            actor=actor, company=cast.corp, kind="persons", data=data, file_name="員工.xlsx", keep=False
        )
        return look_at_sheet(actor=actor, batch=batch, data=data, progress=Progress(), **more)

    return go
