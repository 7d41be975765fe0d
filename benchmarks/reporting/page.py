"""The text of docs/precision.md: from the prose, the certificates, neural-tangents' figures and the record of the pictures.

The same committed files give the same text: nothing is measured here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reporting.paths import RECORD, TEXT, THEIRS, picture
from symkern.certificate import measured_rows, read_certificate
from symkern.domain import REGIONS
from symkern.emit import catalogue_names, generated_folder, series_names

Content = dict[str, Any]
Row = dict[str, Any]

FUNCTIONS, DTYPES = ("nngp_fn", "d_nngp_fn"), ("float32", "float64")
NONE, NO_JUMPS = "–", "no jumps"
OURS, NT = "symkern", "neural-tangents"
NOTICE = (
    "<!-- Written by `python benchmarks/precision.py` from docs/precision/text.md, the certificates in generated/*.json and the\n"
    "     figures in docs/precision/: edit those. -->\n\n"
)


def page() -> str:
    """All of it."""
    certificates = {name: read_certificate(generated_folder() / f"{name}.py") for name in catalogue_names()}
    theirs: Content = _json(THEIRS).get("layers", {})
    record = _json(RECORD)
    drawn = [name for name in certificates if name in record and picture(name).exists()]
    parts = {
        "versions": _versions(certificates),
        "theirs": _measured(theirs),
        "table": "\n".join(_table(certificates, theirs)),
        "bounded": "\n".join(_bounded()),
        "drawn": f"{len(drawn)} of {len(certificates)} layers have a picture" + _dated(record[n] for n in drawn),
        "beyond": "\n".join(_beyond(certificates, {n: record[n] for n in drawn})),
        "layers": "\n".join(
            line
            for name, content in certificates.items()
            for line in _section(name, content, theirs.get(name), record.get(name) if name in drawn else None)
        ),
    }
    text = TEXT.read_text(encoding="utf-8")
    for key, value in parts.items():
        assert text.count(f"{{{{{key}}}}}") == 1, f"{TEXT.name} has to have {key} once"
        text = text.replace(f"{{{{{key}}}}}", value)
    return NOTICE + text.rstrip() + "\n"


def _json(path: Path) -> Content:
    content: Content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return content


def _versions(certificates: Content) -> str:
    found = sorted({f"JAX {c['versions']['jax']} ({c['versions']['machine']})" for c in certificates.values()})
    return ", ".join(found)


def _measured(theirs: Content) -> str:
    return f"{len(theirs)} of its layers are measured" + _dated(theirs.values())


def _dated(rows: Any) -> str:
    found = sorted({f"{row['date']} with JAX {row['jax']}" for row in rows})
    return f", {', '.join(found)}" if found else ""


def _table(certificates: Content, theirs: Content) -> list[str]:
    heads = ["layer", "points", "also", "oracle digits", *_heads(OURS), "where", *_heads(NT), "where"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * 4}{('---:|' * 4 + '---|') * 2}"]
    for name, content in certificates.items():
        also = content.get("trial", {}).get("points", NONE)
        cells = [f"[{name}](#{name})", str(content["points"]), str(also), str(content["oracle_digits"])]
        rows = measured_rows(content)
        cells += _figures(rows)
        own = theirs.get(name)
        if own is None:
            cells += [NONE] * 5
        else:
            cells += _figures(own["worst"], NO_JUMPS if own["leaves_out_jumps"] else "")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _bounded() -> list[str]:
    """The layers that are tables, whose errors are counted in their bounds."""
    heads = ["layer", "points", "oracle digits", *_heads(OURS), "where"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * 3}{'---:|' * 4}---|"]
    for name in series_names():
        content = read_certificate(generated_folder() / f"{name}.py")
        cells = [name, str(content["points"]), str(content["oracle_digits"]), *_figures(content["worst"])]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _beyond(certificates: Content, record: Content) -> list[str]:
    """Where the pictures have errors of ours that are more than the certificate allows."""
    lines = [
        f"- `{row['title']}`: {what.removeprefix(OURS + ' ').replace('_fn', '')} {'NaN' if ulp == 'inf' else f'{ulp:.3g} ulp'}"
        for name, row in record.items()
        for what, ulp in row["worst"].items()
        if what.startswith(OURS) and float(ulp) > certificates[name]["budget_ulp"]
    ]
    return lines or ["- none"]


def _heads(whose: str) -> list[str]:
    return [f"{whose} nngp f32", "f64", "d_nngp f32", "f64"]


def _figures(rows: list[Row], otherwise: str = "") -> list[str]:
    """The worst figure of each function in each dtype, and where the worst of all is."""
    cells = []
    for function in FUNCTIONS:
        for dtype in DTYPES:
            chosen = [r for r in rows if (r["function"], r["dtype"]) == (function, dtype)]
            cells.append(_figure(max(chosen, key=_ulp)) if chosen else otherwise)
    worst = max(rows, key=_ulp)
    return [*cells, f"{worst['region']}, {worst['dtype']}"]


def _ulp(row: Row) -> float:
    return float(row["ulp"])


def _figure(row: Row) -> str:
    """Two decimals or a power of ten; NaN and a wrong infinity, and numbers where the truth is 0, by name."""
    ulp = _ulp(row)
    if ulp == float("inf"):
        return "NaN" if row["computed"] == "nan" else "inf"
    if row["expected"] == "0.0" and ulp > 1:
        return "not 0"
    return f"{ulp:.2f}" if ulp < 1e4 else f"{ulp:.1e}"


def _section(name: str, content: Content, own: Content | None, drawn: Content | None) -> list[str]:
    """A layer's picture, and its worst errors by region."""
    lines = [f"### {name}", ""]
    if drawn is None:
        lines += ["No picture yet.", ""]
    else:
        rows, columns = drawn["grid"]
        about = f"{drawn['title']}: {rows} variances × {columns} correlations, {drawn['date']}, JAX {drawn['jax']}."
        if drawn["sha256"] != content["sha256"]:
            about += " The module has changed since."
        if drawn["not_drawn"]:
            about += f" {drawn['not_drawn']} true values are not known well enough and left out."
        lines += [f"![error in ulp of {name}](precision/{picture(name).name})", "", about, ""]
    lines += [f"| worst ulp | {' | '.join(REGIONS)} |", f"|---|{'---:|' * len(REGIONS)}"]
    lines += _by_region(OURS, content["worst"])
    if own is not None:
        lines += [*_by_region(NT, own["worst"]), "", *_remarks(own)]
    return [*lines, ""]


def _by_region(whose: str, rows: list[Row]) -> list[str]:
    lines = []
    for function in FUNCTIONS:
        for dtype in DTYPES:
            at = {r["region"]: r for r in rows if (r["function"], r["dtype"]) == (function, dtype)}
            cells = [_figure(at[region]) if region in at else "" for region in REGIONS]
            if at:
                lines.append(f"| {whose} {function.removesuffix('_fn')} {dtype} | {' | '.join(cells)} |")
    return lines


def _remarks(own: Content) -> list[str]:
    """What was judged of neural-tangents' layer."""
    said = [f"neural-tangents' `{own['layer']}`: {own['points']} points"]
    if own["unit_variance"]:
        said.append("at unit variance only, as its documentation asks")
    if own.get("members"):
        said.append(f"members {'; '.join(own['members'])}")
    if own.get("not_measured"):
        said.append(f"not measured {'; '.join(own['not_measured'])}")
    if own["leaves_out_jumps"]:
        said.append("its derivative leaves out what jumps contribute, and is not compared where there are jumps")
    return [", ".join(said) + "."]


__all__ = ["page"]
