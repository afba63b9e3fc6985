from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hongyan.company.imports import actions
from hongyan.company.imports.fields import Kind
from hongyan.company.imports.models import Import
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor
from tests.cast import Cast

Check = Callable[..., Import]


@pytest.fixture
def check(cast: Cast) -> Check:
    """Uploads and checks, as Carol unless somebody else is named."""

    def go(
        data: bytes,
        kind: Kind = "persons",
        *,
        actor: Actor | None = None,
        columns: list[str] | None = None,
        **more: Any,
    ) -> Import:
        actor = actor or cast.actor(cast.carol)
        batch = actions.upload_file(actor=actor, company=cast.corp, kind=kind, data=data, file_name="員工.xlsx")
        actions.set_columns(actor=actor, batch=batch, columns=columns or batch.columns, **more)
        return actions.check_import(actor=actor, batch=batch, progress=Progress())

    return go
