"""Options and helpers shared by the tests."""

from __future__ import annotations

import os

import mpmath
import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is there again tomorrow; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the committed modules that differ from what symkern generates"
    )


@pytest.fixture(autouse=True)
def _precision_is_left_alone():
    before = mpmath.mp.dps
    yield
    assert mpmath.mp.dps == before, "a test or the code under test changed mpmath's global precision"
