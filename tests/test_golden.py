"""The committed modules are, byte for byte, what symkern generates; ``pytest --update`` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest

from symkern.certificate import measured_rows, read_certificate, recorded_plan
from symkern.emit import catalogue_names, generated_folder, source_of
from symkern.files import write_text


@pytest.mark.parametrize("name", catalogue_names())
def test_module_is_what_symkern_generates(name: str, request: pytest.FixtureRequest) -> None:
    path = generated_folder() / f"{name}.py"
    fresh = source_of(name, recorded_plan(path))
    if request.config.getoption("--update") and (not path.exists() or path.read_text(encoding="utf-8") != fresh):
        write_text(path, fresh)
    assert path.read_text(encoding="utf-8") == fresh


@pytest.mark.parametrize("name", catalogue_names())
def test_certificate_belongs_to_the_module(name: str) -> None:
    content = read_certificate(generated_folder() / f"{name}.py")
    assert content["points"] >= 40 and content["oracle_digits"] >= 20
    assert content["ok"] == all(row["ulp"] <= content["budget_ulp"] for row in measured_rows(content))


def test_no_strays() -> None:
    found = {p.stem for p in Path(generated_folder()).glob("*.py")} - {"__init__"}
    assert found == set(catalogue_names())
