"""The commands as a user meets them: what is printed, what is written, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symkern.cli import main

GENERATED = Path(__file__).parent.parent / "generated"


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
    again = run("verify", "generated/sin.py", "--points", "12", "--json", cwd=tmp_path)
    assert again.returncode == 0
    assert json.loads(again.stdout)["points"] == certificate["points"]


def test_derive_a_formula_as_json(tmp_path: Path) -> None:
    derive = ("derive", "k*x + 1", "--name", "line", "--param", "k=2", "--json", "--out", "here", "--points")
    done = run(*derive, "20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nngp"] == "cov12*k**2 + 1"
    assert (tmp_path / "here" / "line.py").is_file()
    certificate = (tmp_path / "here" / "line.json").read_text()
    assert run(*derive, "10", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here" / "line.json").read_text() == certificate  # better evidence stays


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["derive", "tanh", "--closed-form"], 3, "tanh(x)"),
        (["derive", "x + exp(x**3)", "--closed-form"], 3, "degree 3"),
        (["derive", "k*sin(x)"], 2, "--param k=VALUE"),
        (["derive", "sin(x"], 2, "^"),
        (["derive", "sin", "--name", "../x"], 2, "plain identifier"),
        (["derive", "sin", "--name", "class"], 2, "plain identifier"),
        (["derive", "sin", "--name", ""], 2, "plain identifier"),
        (["derive", "sin", "--param", "a"], 2, "NAME=VALUE"),
        (["derive", "sinc", "--param", "b=0"], 2, "infinite or undefined everywhere with b = 0"),
        (["derive", "sin", "--param", "a=one"], 2, "must be a number"),
        (["derive", "sin", "--param", "a=1", "--param", "a=2"], 2, "twice"),
        (["derive", "sin", "--param", "a=" + "9" * 400], 2, "must be finite, at most 3.4e+38, not '999"),
        (["derive", "sin", "--param", "a=1e39"], 2, "must be finite"),
        (["derive", "sin", "--param", "a=[1]"], 2, "must be a number"),
        (["derive", "polynomial", "--param", "coef=[1, inf]"], 2, "must be finite"),
        (["derive", "sin", "--name", "a" * 101], 2, "plain identifier"),
        (["derive", "sin", "--out", "a" * 300], 2, "File name too long"),
        (["verify", "sin", "--param", "a=nan"], 2, "must be finite"),
        (["verify", "sin", "--param", "a=[1]"], 2, "must be a number"),
        (["verify", "sin.py.x"], 2, "is no module"),
        (["verify", "__init__"], 2, "is no generated module"),
        (["derive", "gap12*x", "--param", "gap12=2"], 2, "uses this name itself"),
        (["derive", "sin(jnp*x)", "--param", "jnp=2"], 2, "uses this name itself"),
        (["derive", "sin(nngp_fn*x)", "--param", "nngp_fn=2"], 2, "uses this name itself"),
        (["derive", "exp(-gap*x**2)", "--param", "gap=2"], 2, "uses this name itself"),
        (["derive", "sin", "--param", "q=1"], 2, "no parameter 'q'"),
        (["derive", "sin", "--param", "a=nan"], 2, "finite"),
        (["derive", "monomial", "--param", "degree=2.5"], 2, "integer"),
        (["derive", "9**9**9**9*x"], 2, "^"),
        (["derive", "__import__('os').system('touch pwned')"], 2, "^"),
        (["derive", "log(x)"], 2, "complex"),
        (["derive", ""], 2, ""),
        (["derive", "geluu"], 2, "did you mean 'gelu'"),
        (["verify", "sine_of_the_times"], 2, "no activation is called"),
        (["verify", "rectified_powers"], 2, "did you mean 'rectified_power'"),
        (["verify", "missing.py"], 2, "cannot read"),
        (["derive", "sin", "--max-variance", "0"], 2, "a largest variance is between"),
        (["derive", "sin", "--out", "/proc/none"], 2, "cannot write"),
        (["dual", "gelu", "--plot", "/proc/none/a.png"], 2, "cannot write"),
        (["dual", "gelu", "--plot", "a.txt"], 2, "a picture's name ends with one of"),
        (["frobnicate"], 2, "No such command"),
        (["derive"], 2, "Missing argument"),
        (["derive", "sin", "--points", "1"], 2, "--points"),
    ],
)
def test_refusals(args: list[str], status: int, message: str, tmp_path: Path, monkeypatch, capsys) -> None:
    """Without a new process for each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["symkern", *args])
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    assert end.value.code == status, printed
    assert message in printed.err and printed.out == ""
    assert list(tmp_path.iterdir()) == []
    if status == 3:
        assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", ["derive", "show"])
def test_what_is_not_derivable_is_an_answer_in_json_too(command: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["symkern", command, "1/(x - 30)", "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    content = json.loads(capsys.readouterr().out)
    assert end.value.code == 3 and content["kind"] == "not derived"
    assert "at x = 30" in content["reasons"][-1]["reason"]


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["derive", "tanh", "--closed-form"], 3, "tanh(x)"),
        (["derive", "sin(x"], 2, "^"),
        (["derive", "sin", "--points", "1"], 2, "--points"),
    ],
)
def test_refusals_by_the_process(args: list[str], status: int, message: str, tmp_path: Path) -> None:
    done = run(*args, cwd=tmp_path)
    assert done.returncode == status and message in done.stderr and done.stdout == ""
    assert "Traceback" not in done.stderr


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


def test_somebody_else_s_certificate_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "line.json"
    derive = ("derive", "x + 1", "--name", "line", "--points", "10", "--out", ".")
    mine.write_text("[1, 2]\n")
    refused = run(*derive, cwd=tmp_path)
    assert refused.returncode == 2 and "--force" in refused.stderr and refused.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["line.json"] and mine.read_text() == "[1, 2]\n"
    mine.unlink()
    mine.mkdir()
    folder = run(*derive, "--force", cwd=tmp_path)
    assert folder.returncode == 2 and "is a folder" in folder.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["line.json"]
    mine.rmdir()
    assert run(*derive, cwd=tmp_path).returncode == 0
    whole = mine.read_text()
    mine.write_text('["sha256"]')  # damaged: it is made anew
    again = run(*derive, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert mine.read_text() == whole


def test_a_member_of_a_family_needs_only_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "monomial.py").write_text("precious = 1\n")
    done = run("derive", "monomial", "--param", "degree=1", "--points", "10", "--out", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "monomial_1.py").is_file()


def test_verify_a_member_of_a_family() -> None:
    done = run("verify", "monomial", "--points", "12", "--param", "degree=3")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_verify_a_family() -> None:
    """Every member, in one report."""
    done = run("verify", "monomial", "--points", "12")
    assert done.returncode == 0 and "budget 4 ulp: met" in done.stdout, done.stderr


@pytest.mark.parametrize("rest", ["", "(((\n", "raise ValueError('a\\nb')\n", "\0"])
def test_verify_a_damaged_module(rest: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(f"# Generated by `symkern derive\n{rest}")
    done = run("verify", "bad.py", cwd=tmp_path)
    assert done.returncode == 2 and "make it anew" in done.stderr
    assert done.stderr.count("\n") == 1


def test_check_a_damaged_folder(tmp_path: Path) -> None:
    (tmp_path / "sin.py").write_bytes(b"\xff\xfe")
    (tmp_path / "cos.py").write_bytes((GENERATED / "cos.py").read_bytes())
    (tmp_path / "cos.json").write_text("[]")
    done = run("check", "--out", str(tmp_path))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "sin.py: differs" in done.stdout and "cos.json: no certificate" in done.stdout


def test_a_terminal_without_greek_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for args in (("list",), ("derive", "x + 1", "--name", "line", "--points", "10")):
        done = run(*args, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "symkern", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "symkern: No space left on device; nothing more was written\n"


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


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import symkern\n"
        "line = symkern.derive('x', name='line').compile()\n"
        "print(symkern.verify(line, number=10, processes=2).ok)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")
