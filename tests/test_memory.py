"""The oracle's answers are remembered to the last bit, and nothing depends on that."""

from __future__ import annotations

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
    assert questions == list(POINTS)
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
