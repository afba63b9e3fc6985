from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.company.requests.house import House, make_house


@pytest.fixture
def house(cast: Cast) -> House:
    return make_house(cast)
