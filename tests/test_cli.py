"""The commands as a user meets them: what is printed, what is written, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "symkern", *args], capture_output=True, text=True, cwd=cwd, env=env, check=False
    )


def test_derive_sin(tmp_path: Path) -> None:
    done = run("derive", "sin", "--points", "12", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for expected in (
        "a*sin(b*x + c)",
        "E[f(X) f(Y)]",
        "Price",
        "worst error in ulp",
        "float32",
        "float64",
        "wrote generated/sin.py",
    ):
        assert expected in done.stdout
    assert sorted(p.name for p in (tmp_path / "generated").iterdir()) == ["sin.json", "sin.py"]
    certificate = json.loads((tmp_path / "generated" / "sin.json").read_text())
    assert certificate["ok"] and certificate["oracle_digits"] >= 25 and certificate["budget_ulp"] == 4
    weaker = run("derive", "sin", "--points", "10", cwd=tmp_path)
    assert weaker.returncode == 0
    assert json.loads((tmp_path / "generated" / "sin.json").read_text()) == certificate  # better evidence stays
    again = run("verify", "generated/sin.py", "--points", "12", "--json", cwd=tmp_path)
    assert again.returncode == 0
    assert json.loads(again.stdout)["points"] == certificate["points"]


def test_derive_a_formula_as_json(tmp_path: Path) -> None:
    done = run(
        "derive",
        "k*x + 1",
        "--name",
        "line",
        "--param",
        "k=2",
        "--points",
        "10",
        "--json",
        "--out",
        "here",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nngp"] == "cov12*k**2 + 1"
    assert (tmp_path / "here" / "line.py").is_file()


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["derive", "tanh"], 3, "tanh(x)"),
        (["derive", "x + exp(x**3)", "--closed-form"], 3, "degree 3"),
        (["derive", "k*sin(x)"], 2, "--param k=VALUE"),
        (["derive", "sin(x"], 2, "^"),
        (["derive", "sin", "--name", "../x"], 2, "plain identifier"),
        (["derive", "sin", "--name", "class"], 2, "plain identifier"),
        (["derive", "sin", "--name", ""], 2, "plain identifier"),
        (["derive", "sin", "--param", "a"], 2, "NAME=VALUE"),
        (["derive", "sin", "--param", "a=one"], 2, "must be a number"),
        (["derive", "sin", "--param", "a=1", "--param", "a=2"], 2, "twice"),
        (["derive", "sin", "--param", "q=1"], 2, "no parameter 'q'"),
        (["derive", "sin", "--param", "a=nan"], 2, "finite"),
        (["derive", "monomial", "--param", "degree=2.5"], 2, "integer"),
        (["derive", "9**9**9**9*x"], 2, "^"),
        (["derive", "__import__('os').system('touch pwned')"], 2, "^"),
        (["derive", "log(x)"], 2, "complex"),
        (["derive", ""], 2, ""),
        (["verify", "sine_of_the_times"], 2, "no activation is called"),
        (["verify", "missing.py"], 2, "cannot read"),
        (["frobnicate"], 2, "No such command"),
        (["derive"], 2, "Missing argument"),
        (["derive", "sin", "--points", "1"], 2, "--points"),
    ],
)
def test_refusals(args: list[str], status: int, message: str, tmp_path: Path) -> None:
    done = run(*args, cwd=tmp_path)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
    if status == 3:
        assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_somebody_else_s_file_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "generated" / "line.py"
    mine.parent.mkdir()
    mine.write_text("precious = 1\n")
    refused = run("derive", "x + 1", "--name", "line", "--points", "10", cwd=tmp_path)
    assert refused.returncode == 2 and "--force" in refused.stderr
    assert mine.read_text() == "precious = 1\n" and len(list(mine.parent.iterdir())) == 1
    forced = run("derive", "x + 1", "--name", "line", "--points", "10", "--force", cwd=tmp_path)
    assert forced.returncode == 0, forced.stderr
    assert "nngp_fn" in mine.read_text()
    assert run("derive", "x + 1", "--name", "line", "--points", "10", cwd=tmp_path).returncode == 0  # its own file


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs /proc, a folder nobody can write to")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    done = run("derive", "x + 1", "--name", "line", "--points", "10", "--out", "/proc/symkern", cwd=tmp_path)
    assert done.returncode == 2 and "cannot write" in done.stderr and "Traceback" not in done.stderr
    file = tmp_path / "file"
    file.write_text("")
    done = run("derive", "x + 1", "--name", "line", "--points", "10", "--out", str(file), cwd=tmp_path)
    assert done.returncode == 2 and file.read_text() == ""


def test_list_and_help() -> None:
    listed = run("list")
    assert listed.returncode == 0
    for name in ("sin", "gabor", "monomial", "coef[0]"):
        assert name in listed.stdout
    helped = run("--help")
    assert helped.returncode == 0 and "derive" in helped.stdout
