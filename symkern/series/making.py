"""A kernel's table from its activation, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable

from symkern.errors import SymkernError, UsageError
from symkern.series.angular import NotConvergedError, table
from symkern.series.cells import Cells, NotSmoothError
from symkern.series.fields import Fields
from symkern.series.polar import reach

SMALLEST, LARGEST = 1e-13, 1e-2
"""Of tolerances."""
SHORT = 2e-7
"""What float32 leaves out of ``√(K11 K22)``, where the tolerance is smaller."""


class NoTableError(SymkernError):
    """No table has the accuracy; the message names the place or the variance that is the reason."""


def check(tolerance: float, max_variance: float) -> None:
    """Raises UsageError where they make no sense."""
    if not SMALLEST <= tolerance <= LARGEST:
        raise UsageError(f"a tolerance is between {SMALLEST:g} and {LARGEST:g}, not {tolerance:g}")
    if not 1e-6 <= max_variance <= 1e6:
        raise UsageError(f"a largest variance is between 1e-6 and 1e6, not {max_variance:g}")


def made(function: Callable[[float], Cells], max_variance: float, tolerance: float) -> Fields:
    """The table of a function, which is asked for as far as it is needed.

    Raises:
        NoTableError: there is none.
    """
    try:
        cells = function(reach(max_variance))
        return table(cells, max_variance, tolerance).fields(max(SHORT, tolerance))
    except NotSmoothError as error:
        inside = (error.place / reach(1.0)) ** 2
        raise NoTableError(f"{error}" + (f"; variances below {inside:.3g} do not reach it" if inside else "")) from None
    except NotConvergedError as error:
        raise NoTableError(str(error)) from None


__all__ = ["NoTableError", "check", "made"]
