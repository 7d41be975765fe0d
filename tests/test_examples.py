"""The examples, run as a user runs them; the numbers that the documents they come from print are there to the last digit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.layers
EXAMPLES = Path(__file__).parents[1] / "examples"


def printed(name: str, *arguments: str, cwd: Path | None = None) -> str:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=800, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def apart(text: str) -> list[float]:
    """The differences at the ends of lines."""
    return [float(line.split()[-1]) for line in text.splitlines() if "at most" in line or "  from " in line]


SEED_003 = (
    "[[6.40371803 5.71130867 5.42762025]\n [5.71130867 8.54887713 5.56358456]\n [5.42762025 5.56358456 6.05370648]]",
    "[[22.67737213 13.64461843 14.63093884]\n [13.64461843 31.25800854 13.28012561]\n [14.63093884 13.28012561 21.27732594]]",
    "[[ 9.45871832  6.78979695  9.30120483]\n [ 6.78979695  9.76577003  6.89616609]\n [ 9.30120483  6.89616609 11.42867631]]",
    "[[ 1.26394385 -0.05351018  0.85058322]\n [-0.05351018  1.42538696 -0.07560456]\n [ 0.85058322 -0.07560456  2.2997177 ]]",
)


def test_residual_mlp() -> None:
    text = printed("residual_mlp.py")
    for matrix in SEED_003:
        assert matrix in text
    assert len(apart(text)) == 8 and max(apart(text)) < 1e-13


def test_notebook_on_elementwise_kernels() -> None:
    """Seed 000: both of its parts; the second within 1e-6, where ``deg=25`` of the seed is 4e-5 and 9e-5 off."""
    text = printed("notebook_elementwise.py")
    assert len(apart(text)) == 6 and max(apart(text)) < 1e-12
    errors = [float(line.split()[-1]) for line in text.splitlines() if "of symkern's ElementwiseNumerical" in line]
    assert len(errors) == 2 and max(errors) < 1e-6


def test_notebook_on_a_derivation() -> None:
    text = printed("notebook_derivation.py")
    assert "difference from the derivative: 0" in text
    ulps = [float(line.split()[2]) for line in text.splitlines() if " ulp at " in line]
    assert len(ulps) >= 16 and max(ulps) < 4
    generated, typed = (
        float(line.split()[-1]) for line in text.splitlines() if line.startswith(("generated:", "as typed:"))
    )
    assert abs(generated / 9.9999999e-15 - 1) < 1e-15 < 1e-5 < abs(typed / generated - 1)


def test_notebook_from_a_formula_to_a_gaussian_process() -> None:
    text = printed("notebook_formula_to_gp.py")
    evidence = [float(line.split()[6].strip(",")) for line in text.splitlines() if line.startswith("w =")]
    slopes = [float(line.split()[-1]) for line in text.splitlines() if line.startswith("w =")]
    assert evidence[-1] > evidence[0] and abs(slopes[-1]) < 0.05 < abs(slopes[0])
    errors = [
        abs(float(words[-1]) - float(words[-4].strip(",")))
        for words in map(str.split, text.splitlines())
        if "truth" in words
    ]
    assert len(errors) == 7 and max(errors) < 0.05


def test_digits(tmp_path: Path) -> None:
    """Few images, two layers: far better than chance, confidence near accuracy, and the gradient finds a better parameter."""
    text = printed("digits.py", "--train", "240", "--layers", "Sin", "Relu", "--plot", str(tmp_path / "digits.png"))
    rows = [line.split() for line in text.splitlines() if line.split()[1:2] in (["nngp"], ["ntk"])]
    assert [row[:2] for row in rows] == [[name, get] for name in ("Sin", "Relu") for get in ("nngp", "ntk")]
    for row in rows:
        accuracy, calibration = map(float, row[5:7])
        assert accuracy > 0.9 and calibration < 0.06
    (tuned,) = (line.split() for line in text.splitlines() if "->" in line)
    assert float(tuned[4]) > float(tuned[2]) + 0.1
    assert (tmp_path / "digits.png").stat().st_size > 10_000
