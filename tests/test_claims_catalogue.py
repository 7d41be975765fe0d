"""What `symkern verify` finds of the whole catalogue besides values; each module compiles for half a minute to five."""

from __future__ import annotations

import pytest

import symkern
from symkern.emit import catalogue_names

SHORTFALLS: dict[tuple[str, str, str], tuple[float, str]] = {}
"""(module, claim, dtype) → (figure in ulp, reason).  Strict."""


@pytest.mark.slow
@pytest.mark.usefixtures("memory_given_back")  # each takes 500 to 2,000 mappings
@pytest.mark.parametrize("name", catalogue_names())
def test_claims_are_kept(name: str) -> None:
    report = symkern.verify(name, number=48)
    assert report.within_budget
    expected = {key[1:]: pytest.approx(figure, rel=0.2) for key, (figure, _) in SHORTFALLS.items() if key[0] == name}
    assert {(c.what, c.dtype): c.figure for c in report.broken} == expected
