"""Make the committed reference tables and worst figures anew: ``python tests/make_references.py [case ...]`` (minutes)."""

from __future__ import annotations

import json
import sys
import time

from reference_cases import CASES, DIGITS, POINTS, WORST, all_figures, load, row_name, save

from symkern.domain import points
from symkern.measure import worst_errors
from symkern.references import references
from symkern.verification import formula_at


def main(names: list[str]) -> None:
    """``--figures`` leaves the tables alone, and measures the modules beside them."""
    only_figures = "--figures" in names
    chosen = [c for c in CASES if c.id in names or set(names) <= {"--figures"}]
    figures = all_figures() if WORST.exists() else {}
    for case in chosen:
        start = time.perf_counter()
        values, f = formula_at(case.load(), case.parameters)
        if not only_figures:
            save(case, str(f), references(f, points(POINTS), digits=DIGITS))
        rows = load(case)
        if not case.is_certified:
            figures[case.id] = {row_name(row): round(row.ulp, 3) for row in worst_errors(case.load(), rows, values)}
            text = ",\n".join(f"{json.dumps(k)}: {json.dumps(figures[k])}" for k in sorted(figures))
            WORST.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
        fewest, spent = min(r.digits for r in rows), time.perf_counter() - start
        print(f"{case.id}: {len(rows)} points, {fewest:.0f} digits at least, {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
