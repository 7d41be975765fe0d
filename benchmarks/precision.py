"""The table of docs/precision.md, from the certificates: ``python benchmarks/precision.py``."""

from __future__ import annotations

from symkern.certificate import read_certificate
from symkern.emit import catalogue_names, generated_folder


def main() -> None:
    """Print a Markdown table: worst ulp of each function and dtype, over all regions; "not 0" where the truth is 0."""
    print("| module | points | oracle digits | nngp f32 | nngp f64 | d_nngp f32 | d_nngp f64 | where the worst is |")
    print("|---|---|---|---|---|---|---|---|")
    for name in catalogue_names():
        content = read_certificate(generated_folder() / f"{name}.py")
        cells = []
        for function in ("nngp_fn", "d_nngp_fn"):
            for dtype in ("float32", "float64"):
                rows = [r for r in content["worst"] if (r["function"], r["dtype"]) == (function, dtype)]
                worst = max(rows, key=lambda r: r["ulp"])
                exact = "not 0" if worst["expected"] == "0.0" and worst["ulp"] > 1 else f"{worst['ulp']:.1e}"
                cells.append(f"{worst['ulp']:.2f}" if worst["ulp"] < 1e4 else exact)
        worst = max(content["worst"], key=lambda r: r["ulp"])
        place = f"{worst['region']}, {worst['dtype']}"
        print(f"| {name} | {content['points']} | {content['oracle_digits']} | {' | '.join(cells)} | {place} |")


if __name__ == "__main__":
    main()
