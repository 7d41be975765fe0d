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
    return [float(line.split()[-1]) for line in text.splitlines() if "most" in line or "from stax" in line]


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


def test_elementwise() -> None:
    text = printed("elementwise.py")
    assert len(apart(text)) == 4 and max(apart(text)) < 1e-12
