"""The committed modules are, byte for byte, what symkern generates; ``pytest --update`` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest

from symkern.certificate import measured_rows, read_certificate, recorded_plan
from symkern.checking import with_its_tables
from symkern.emit import catalogue_names, generated_folder, series_names, source_of
from symkern.errors import UsageError
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


@pytest.mark.parametrize("name", series_names())
def test_tables_keep_their_bounds_and_the_text_around_them_is_generated(name: str) -> None:
    path = generated_folder() / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    assert with_its_tables(name, text) == text
    content = read_certificate(path)
    assert content["ok"] and content["unit"] == "bound" and content["points"] >= 150 and content["oracle_digits"] >= 12
    assert all(row["ulp"] <= 1 for row in content["worst"])


def test_a_table_that_was_touched_is_noticed() -> None:
    text = (generated_folder() / "tanh.py").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="above its bound"):
        with_its_tables("tanh", text.replace("squares=(\n            -", "squares=(\n            -1", 1))
    with pytest.raises(UsageError, match="no tables that can be read"):
        with_its_tables("tanh", text.replace("d_nngp=AngularTable", "d_nngp=float", 1))


def test_no_strays() -> None:
    found = {p.stem for p in Path(generated_folder()).glob("*.py")} - {"__init__"}
    assert found == {*catalogue_names(), *series_names()}
