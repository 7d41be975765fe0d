"""A kernel's table from its activation, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from symkern.errors import SymkernError, UsageError
from symkern.series.angular import NotConvergedError, largest_error, refuse_growth, table
from symkern.series.cells import Cells, NotSmoothError
from symkern.series.fields import MAX_VARIANCE, Fields
from symkern.series.hermite import HermiteFields, hermite
from symkern.series.kinks import kinks
from symkern.series.mixture import mixture
from symkern.series.mixture import worst_of as error_of_mixture
from symkern.series.period import Period, period
from symkern.series.polar import reach
from symkern.series.regimes import RegimeFields, Tables
from symkern.series.sampled import Values
from symkern.series.waves import WaveFields, waves
from symkern.series.waves import worst_of as error_of_waves

SMALLEST, LARGEST = 1e-13, 1e-2
"""Of tolerances."""
SHORT = 2e-7
"""What float32 leaves out of ``√(K11 K22)``, where the tolerance is smaller."""


class NoTableError(SymkernError):
    """No table has the accuracy; the message names the place or the variance that is the reason.

    ``rough`` says whether it is that the function is not smooth somewhere.
    """

    def __init__(self, why: str, *, rough: bool = False) -> None:
        super().__init__(why)
        self.rough = rough


def check(tolerance: float, max_variance: float) -> None:
    """Raises UsageError where they make no sense."""
    if not SMALLEST <= tolerance <= LARGEST:
        raise UsageError(f"a tolerance is between {SMALLEST:g} and {LARGEST:g}, not {tolerance:g}")
    if not 1e-6 <= max_variance <= 1e6:
        raise UsageError(f"a largest variance is between 1e-6 and 1e6, not {max_variance:g}")


def made(f: Values, function: Callable[[float], Cells], max_variance: float, tolerance: float) -> Tables:
    """The table of ``f``, whose ``function`` is asked for as far as it is needed; a mixture beyond variances that a table can have;
    or waves, where it repeats itself.

    Raises:
        NoTableError: there is none.
    """
    with _reasons():
        if repeats := _period(f, max_variance):
            try:
                return waves(f, repeats, max_variance, tolerance, max(SHORT, tolerance), reach(max_variance))
            except NotConvergedError as error:
                raise _rough(function, max_variance) or error from None
        cells = function(reach(max_variance))

        def up_to(largest: float) -> Fields:
            return table(cells, largest, tolerance).fields(max(SHORT, tolerance))

        if max_variance > MAX_VARIANCE:
            with suppress(NotConvergedError):  # one table for all variances has twice the products, if there is one
                beyond = mixture(cells, max_variance, tolerance)
                return RegimeFields(up_to(MAX_VARIANCE), beyond)
        return up_to(max_variance)


def _period(f: Values, max_variance: float) -> Period | None:
    """That of a function whose deviations may be more than a radian: those of others have a table."""
    with suppress(NotSmoothError):
        found = period(f, reach(max_variance))
        return found if found and found.radian < max_variance else None
    return None


def _rough(function: Callable[[float], Cells], max_variance: float) -> NotSmoothError | None:
    """Where a function is not smooth."""
    try:
        function(reach(max_variance))
    except NotSmoothError as error:
        return None if error.too_fast else error
    return None


def error_of(fields: Tables, f: Values, function: Callable[[float], Cells]) -> float:
    """What is seen of a table's error at some places."""
    if isinstance(fields, WaveFields):
        return error_of_waves(fields, f, reach(fields.largest))
    cells = function(reach(fields.largest))
    if isinstance(fields, RegimeFields):
        return max(largest_error(fields.near, cells), error_of_mixture(fields.beyond, cells))
    return largest_error(fields, cells)


def with_kinks(
    f: Values, slope: Values, max_variance: float, tolerance: float, why_not: NoTableError
) -> tuple[HermiteFields, HermiteFields]:
    """Mehler's series of a function with kinks elsewhere than at zero, and of its derivative.

    Raises:
        NoTableError: there is none; ``why_not``, the reason why there was no table, where there are no kinks.
    """
    far = reach(max_variance)
    with _reasons():
        places = tuple(sorted({*kinks(f, far), *kinks(slope, far, jumps=True)}))
    if not places:
        raise why_not
    with _reasons():
        for each in (f, slope):
            refuse_growth(each, max_variance, vanishes=True)
        nngp, d_nngp = (hermite(each, places, max_variance, tolerance) for each in (f, slope))
        return nngp, d_nngp


@contextmanager
def _reasons() -> Iterator[None]:
    try:
        yield
    except NotSmoothError as error:
        inside = (error.place / reach(1.0)) ** 2
        why = f"{error}" + (f"; variances below {inside:.3g} do not reach it" if inside else "")
        raise NoTableError(why, rough=True) from None
    except NotConvergedError as error:
        raise NoTableError(str(error)) from None


__all__ = ["NoTableError", "check", "error_of", "made", "with_kinks"]
