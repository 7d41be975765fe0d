"""docs/precision.md is what the certificates and the committed figures say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import symkern
from symkern.certificate import read_certificate
from symkern.emit import catalogue_names, generated_folder
from symkern.evaluation import x64

ROOT = Path(symkern.__file__).parents[1]
FOLDER = ROOT / "docs" / "precision"
LARGEST = 60_000


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


@pytest.fixture
def page() -> Any:
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
        also = content.get("trial", {}).get("points", "–")
        assert row and row[1].startswith(f"{content['points']} | {also} | {content['oracle_digits']} | ")
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


@pytest.mark.parametrize(
    ("h", "k", "r"),
    [(-1, -2, 0.3), (0.5, -0.5, 0.9), (1, -1, -0.95), (2, 2, -0.8), (0, -1, -0.7), (-4, -3, -0.5), (-5, -5, 0.5)],
)
def test_normal_distribution_of_two_variables(h: float, k: float, r: float) -> None:
    """Against the plain integral over the first variable."""
    from symkern.normal_values import phi2

    with mp.workdps(40):
        a, b, c = mpf(h), mpf(k), mpf(r)
        s = mp.sqrt(1 - c * c)
        panels = [a - n for n in (40, 12, 8, 6, 5, 4, 3, 2, 1.5, 1, 0.7, 0.5, 0.3, 0.15, 0)]
        plain = mp.quad(lambda z: mp.npdf(z) * mp.ncdf((b - c * z) / s), panels)
        assert abs(phi2(a, b, c) / plain - 1) < mpf("1e-22")


def test_normal_distribution_in_the_tails() -> None:
    """Where Owen's functions cancel, with the same digits as where more are computed."""
    from symkern.normal_values import phi2

    for h, k, r in ((-30, -30, -0.3), (-9, -8, -0.5), (3, -100, -0.9), (-100, -100, 0.3), (1, -20, -0.99)):
        with mp.workdps(90):
            long = phi2(mpf(h), mpf(k), mpf(r))
        with mp.workdps(40):
            assert long > 0 and abs(phi2(mpf(h), mpf(k), mpf(r)) / long - 1) < mpf("1e-30")
    assert phi2(mpf(-300), mpf(-1), mpf(0.5)) == 0


def test_true_values_of_the_pictures() -> None:
    """Limits at a correlation of 1 and -1; ordinary values by the formula of Cho & Saul."""
    from reporting.grid import answers

    relu, sign = (answers(symkern.derive(name), {}, 6) for name in ("relu", "sign"))  # type: ignore[arg-type]
    assert relu[2] == sign[2] == 0
    for r in relu[1]:
        v = r.point.var1
        with mp.workdps(60):
            rho = mpf(r.point.cov12) / v
            angle = mp.acos(rho)
            expected = mpf(v) * (mp.sqrt(1 - rho**2) + (mp.pi - angle) * rho) / (2 * mp.pi)
            assert abs(r.nngp - expected) <= abs(expected) * mpf("1e-20") + (mpf("1e-40") if rho == -1 else 0)
    ends = [r for r in sign[1] if r.point.region == "exact"]
    assert ends and all(mp.isinf(r.d_nngp) and abs(r.nngp) == 1 for r in ends)


@pytest.mark.layers
def test_their_functions() -> None:
    """An NTK of 1 becomes the derivative."""
    from reporting.theirs import functions, layer_of

    assert layer_of("relu") == "Relu" and layer_of("sigmoid_like") == "Sigmoid_like" and layer_of("elu") is None
    with x64(True):
        c, v, w = (np.array([a]) for a in (0.5, 1.0, 1.0))
        relu = functions("Relu")
        angle = np.arccos(0.5)
        expected = (np.sqrt(0.75) + (np.pi - angle) / 2) / (2 * np.pi), (np.pi - angle) / (2 * np.pi)
        assert float(relu.nngp_fn(c, v, w)[0]) == pytest.approx(expected[0], rel=1e-14)
        assert float(relu.d_nngp_fn(c, v, w)[0]) == pytest.approx(expected[1], rel=1e-14)


def test_the_table_of_jax_versions(tmp_path: Path) -> None:
    import matrix

    def results(jax: str, cases: str) -> Any:
        path = tmp_path / f"{jax}.xml"
        suite = f'<testsuite name="{jax}, 3.11.7, layers" timestamp="2026-11-29T02:00:00">{cases}</testsuite>'
        path.write_text(f"<testsuites>{suite}</testsuites>", encoding="utf-8")
        return matrix.read(path)

    case = '<testcase classname="tests.test_stax" name="test_networks[{}]" time="30"{}'
    failure = '><failure message="AssertionError: 1\n2"/></testcase>'
    old = results("0.4.38", case.format("flat-Sin", "/>") + case.format("flat-Erf", failure))
    new = results("0.10.2", case.format("flat-Sin", '><skipped message="no GPU"/></testcase>'))
    text = matrix.page([old, new])
    assert "| networks | **1 of 2** | skipped |" in text
    assert "| minutes of tests | 1 | 0 |" in text
    assert "- JAX 0.4.38: `test_networks[flat-Erf]`: AssertionError: 1" in text
    assert "- JAX 0.10.2: `test_networks[flat-Sin]`: no GPU" in text
    assert sorted((new, old), key=matrix.version) == [old, new]
    with pytest.raises(ValueError, match="must be named"):
        results("0.4.38, 3", "")
