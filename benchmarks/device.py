"""The contract on JAX's default device, an accelerator for instance, against the committed reference tables.

python benchmarks/device.py [CASE …] [--jobs 8] [--seconds 300] [--output FILE]

Every case is measured in a process of its own: the worst error of nngp_fn and d_nngp_fn in both dtypes, jitted, in ulps beside the
figure that a CPU has on record, and how many derivatives of both orders are not finite. Kernels without a closed form are
compared with their float64 values on the CPU, in units of their bound.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import numpy as np

from symkern import catalogue
from symkern.domain import points
from symkern.evaluation import DTYPES, FUNCTIONS, derivatives, values
from symkern.measure import bounds_of, worst_errors
from symkern.verification import formula_at, generated_module

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from reference_cases import CASES, Case, figures_on_record, load, row_name

SERIES = [e.name for e in catalogue.SERIES]
Row = dict[str, Any]


def closed_form(case: Case, gradients: bool) -> list[Row]:
    """A case's worst figures beside those on record."""
    module, references, recorded = case.load(), load(case), figures_on_record(case)
    given, _ = formula_at(module, case.parameters)
    worst: dict[tuple[str, str], Row] = {}
    for row in worst_errors(module, references, given, modes=("jit",)):
        known = worst.setdefault((row.function, row.dtype), {"ulp": -1.0, "recorded": 0.0})
        known["recorded"] = max(known["recorded"], recorded[row_name(row)])
        if not row.ulp <= known["ulp"]:
            known |= {"ulp": row.ulp, "at": row.point.values, "computed": row.computed, "expected": row.expected}
    rows = [{"case": case.id, "function": f, "dtype": d, **found} for (f, d), found in worst.items()]
    if gradients:
        finite = [r.point for r in references if r.digits > 0]
        for dtype in DTYPES:
            here = derivatives(module.nngp_fn, finite, dtype, given)
            with jax.default_device(jax.devices("cpu")[0]):
                there = derivatives(module.nngp_fn, finite, dtype, given)
            counts = {"not finite": int((~np.isfinite(here)).sum()), "on the CPU": int((~np.isfinite(there)).sum())}
            rows.append({"case": case.id, "function": "derivatives", "dtype": dtype, **counts})
    return rows


def series(name: str) -> list[Row]:
    """A table's largest distance from its float64 values on the CPU, in units of its bound."""
    module, rows = generated_module(name), []
    chosen = [p for p in points(200) if max(p.var1, p.var2) <= 100 and p.single]
    for function in FUNCTIONS:
        f = getattr(module, function)
        with jax.default_device(jax.devices("cpu")[0]):
            true = values(f, chosen, "float64", module.PARAMETERS)
        for dtype in DTYPES:
            found = values(f, chosen, dtype, module.PARAMETERS).astype(np.float64)
            allowed = bounds_of(module, function, chosen, dtype, module.PARAMETERS)
            assert allowed is not None
            off = np.abs(found - true) / np.where(allowed == 0, 1, allowed)
            i = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
            rows.append(
                {"case": name, "function": function, "dtype": dtype, "bounds": float(off[i]), "at": chosen[i].values}
            )
    return rows


def measured(name: str, gradients: bool, seconds: float) -> list[Row]:
    """By a process of its own, and why not where it fails."""
    command = [sys.executable, __file__, "--one", name, *(["--gradients"] if gradients else [])]
    environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return [{"case": name, "failed": f"more than {seconds:.0f} s"}]
    if done.returncode:
        return [{"case": name, "failed": done.stderr.strip()[-800:]}]
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def main() -> None:
    """Prints a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*(c.id for c in CASES), *SERIES])
    parser.add_argument("--one", help="in this process")
    parser.add_argument("--gradients", action="store_true", help="derivatives as well")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=300, help="for a case")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    if given.one:
        cases = {c.id: c for c in CASES}
        rows = series(given.one) if given.one in SERIES else closed_form(cases[given.one], given.gradients)
        print(json.dumps(rows))
        return
    print(jax.__version__, jax.devices())
    with ThreadPoolExecutor(given.jobs) as pool:
        jobs = [pool.submit(measured, name, given.gradients, given.seconds) for name in given.names]
        rows = []
        for job in jobs:
            for row in job.result():
                rows.append(row)
                print(json.dumps(row), flush=True)
                if given.output:
                    given.output.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
