"""docs/precision.md is what the certificates and the committed figures say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import symkern
from symkern.certificate import read_certificate
from symkern.emit import catalogue_names, generated_folder

ROOT = Path(symkern.__file__).parents[1]
FOLDER = ROOT / "docs" / "precision"
LARGEST = 60_000


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from reporting import page

    return page


def test_the_page_is_up_to_date(page: Any) -> None:
    """If not: ``python benchmarks/precision.py``."""
    assert (ROOT / "docs" / "precision.md").read_text(encoding="utf-8") == page.page()


def test_every_layer_is_on_the_page(page: Any) -> None:
    text = page.page()
    for name in catalogue_names():
        content = read_certificate(generated_folder() / f"{name}.py")
        row = re.search(rf"^\| \[{name}\]\(#{name}\) \| (.*) \|$", text, re.MULTILINE)
        assert row and row[1].startswith(f"{content['points']} | {content['oracle_digits']} | ")
        assert f"\n### {name}\n" in text


def test_figures_in_words(page: Any) -> None:
    def row(ulp: float | str, computed: str = "1.0", expected: str = "1.0") -> dict[str, Any]:
        return {"ulp": ulp, "computed": computed, "expected": expected}

    assert page._figure(row(0.5)) == "0.50"
    assert page._figure(row(1.65e7)) == "1.6e+07"
    assert page._figure(row(1e300, expected="0.0")) == "not 0"
    assert page._figure(row(0.0, expected="0.0")) == "0.00"
    assert page._figure(row("inf", "nan")) == "NaN"
    assert page._figure(row("inf", "inf")) == "inf"


def test_what_is_said_of_pictures(page: Any) -> None:
    content = {"worst": [], "sha256": "a"}
    drawn = {"grid": [25, 49], "title": "sin", "date": "2026-11-26", "jax": "1", "sha256": "a", "not_drawn": 0}
    assert "No picture yet." in page._section("sin", content, None, None)
    assert not any("changed" in line for line in page._section("sin", content, None, drawn))
    assert any("changed" in line for line in page._section("sin", content, None, {**drawn, "sha256": "b"}))
    assert any("7 true values" in line for line in page._section("sin", content, None, {**drawn, "not_drawn": 7}))


def test_pictures_are_small_and_on_record() -> None:
    record = json.loads((FOLDER / "pictures.json").read_text(encoding="utf-8"))
    pictures = sorted(FOLDER.glob("*.png"))
    assert {p.stem for p in pictures} == set(record) <= set(catalogue_names())
    assert all(p.stat().st_size <= LARGEST for p in pictures)
