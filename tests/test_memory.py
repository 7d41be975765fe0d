"""The oracle's answers are remembered to the last bit, and nothing depends on that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mpmath import mpf
from sympy import Max, sin

from symkern import memory
from symkern import references as asked
from symkern.domain import Point, points
from symkern.references import Reference, references
from symkern.symbols import x

POINTS = points(20)[:5]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYMKERN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """The points at which the oracle is asked."""
    seen: list[Point] = []
    answer = asked._reference

    def counted(job):
        seen.append(job[1])
        return answer(job)

    monkeypatch.setattr(asked, "_reference", counted)
    return seen


def test_a_question_is_computed_once(folder: Path, questions: list[Point]) -> None:
    first = references(Max(0, x), POINTS[:3], processes=1)
    again = references(Max(0, x), POINTS, processes=1)
    assert sorted(questions, key=repr) == sorted(POINTS, key=repr)
    assert [r.point for r in again] == list(POINTS)
    assert again[:3] == first
    assert all(type(r.nngp) is mpf and r.f == Max(0, x) for r in again)


def test_other_questions_are_others(folder: Path, questions: list[Point]) -> None:
    references(sin(x), POINTS[:1], processes=1)
    references(sin(2 * x), POINTS[:1], processes=1)
    references(sin(x), POINTS[:1], digits=20, processes=1)
    assert len(questions) == 3
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"at": 3}]', '[{"at": ["0x0.0p+0", "0x0.0p+0", "0x0.0p+0"]}]'])
def test_a_broken_file_is_written_anew(folder: Path, questions: list[Point], text: str) -> None:
    references(sin(x), POINTS[:2], processes=1)
    (path,) = folder.iterdir()
    path.write_text(text, encoding="utf-8")
    references(sin(x), POINTS[:2], processes=1)
    references(sin(x), POINTS[:2], processes=1)
    assert len(questions) == 4


def test_without_a_folder_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, questions: list[Point]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in ("", str(tmp_path / "file" / "below")):
        monkeypatch.setenv("SYMKERN_CACHE", place)
        references(sin(x), POINTS[:1], processes=1)
    assert len(questions) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYMKERN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert memory.folder() == tmp_path / "symkern"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert memory.folder() == Path.home() / ".cache" / "symkern"


def test_every_bit_is_kept(folder: Path) -> None:
    numbers = [mpf(s) for s in ("0", "-1.25", "inf", "nan", "1e-4000", "3e5000")]
    reference = Reference(POINTS[0], *numbers, 12.5)
    memory.remember(x, 30, [reference])
    (found,) = memory.recall(x, 30, POINTS[:1]).values()
    assert [str(n) for n in (found.nngp, found.d_nngp, found.nngp_error)] == ["0.0", "-1.25", "+inf"]
    assert (found.nngp_error, found.scale, found.d_scale, found.digits) == (*numbers[2:3], *numbers[4:], 12.5)


COMPILED = """
import os, sys
os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
from symkern.memory import remember_programs
remember_programs()
import jax
print(jax.config.jax_compilation_cache_dir)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.jit(lambda x: x + 1)(1.0)
"""


def compiled(where: str) -> str:
    """Where a process that compiles something keeps it."""
    environment = os.environ | {"SYMKERN_CACHE": where}
    done = subprocess.run([sys.executable, "-c", COMPILED], env=environment, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout.strip()


def test_programs_are_kept_beside_the_answers(tmp_path: Path) -> None:
    assert compiled(str(tmp_path)) == str(tmp_path / memory.PROGRAMS)
    assert list((tmp_path / memory.PROGRAMS).iterdir())
    assert compiled("") == "None"
    (tmp_path / "file").write_text("")
    assert compiled(str(tmp_path / "file")) == "None"


def test_the_older_half_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 300)
    for age in range(4):
        (tmp_path / f"{age}").write_bytes(bytes(70 + 10 * age))
        os.utime(tmp_path / f"{age}", (1e9 - age, 1e9 - age))
    memory._prune(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0", "1"]
    memory._prune(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
