"""Options and helpers shared by the tests."""

from __future__ import annotations

import mpmath
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the committed modules that differ from what symkern generates"
    )


@pytest.fixture(autouse=True)
def _precision_is_left_alone():
    before = mpmath.mp.dps
    yield
    assert mpmath.mp.dps == before, "a test or the code under test changed mpmath's global precision"
