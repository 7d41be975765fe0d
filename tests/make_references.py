"""Make the committed reference tables anew: ``python tests/make_references.py [case ...]`` (minutes)."""

from __future__ import annotations

import sys
import time

from reference_cases import CASES, DIGITS, POINTS, save

from symkern.domain import points
from symkern.references import references
from symkern.verification import formula_at


def main(names: list[str]) -> None:
    for case in CASES:
        if names and case.id not in names:
            continue
        start = time.perf_counter()
        _, f = formula_at(case.load(), case.parameters)
        answers = references(f, points(POINTS), digits=DIGITS)
        save(case, str(f), answers)
        fewest = min(r.digits for r in answers)
        print(
            f"{case.id}: {len(answers)} points, {fewest:.0f} digits at least, {time.perf_counter() - start:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
