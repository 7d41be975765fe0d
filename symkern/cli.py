"""The command line: ``symkern derive | verify | list | show | dual | check | bench``.

Exit status: 0 done, 1 a claim failed (and nothing was written), 2 bad usage or input, 3 no closed form.
Everything heavy is imported inside the commands, so that ``symkern --help`` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from symkern.errors import SymkernError, UsageError
from symkern.given import parameters_of
from symkern.series.fields import MAX_VARIANCE, TOLERANCE

if TYPE_CHECKING:
    from symkern.derivation import NotDerived
    from symkern.screen import Screen

FAILED, USAGE, NOT_DERIVED = 1, 2, 3

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure times.")
app.add_typer(bench, name="bench")

Param = Annotated[list[str] | None, typer.Option("--param", help="A parameter with its value, NAME=VALUE; repeatable.")]
Points = Annotated[int, typer.Option("--points", min=10, max=5000, help="Points at which errors are measured, about.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


@app.callback()
def _root() -> None:
    """From an activation's formula to a proven, stable infinite-width kernel layer."""


@app.command()
def derive(
    what: Annotated[
        str | None,
        typer.Argument(help="A catalogue name (sin), or a formula in x ('x*sin(x)'; -- before one like '-x')."),
    ] = None,
    nngp: Annotated[
        str | None, typer.Option("--nngp", help="In its place an NNGP kernel's formula in cov12, var1, var2.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The module's name, a plain identifier.")] = None,
    param: Param = None,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = Path("generated"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that symkern did not generate.")] = False,
    closed_form: Annotated[bool, typer.Option("--closed-form", help="Refuse anything but a closed form.")] = False,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Of an approximation, relative to sqrt(K11 K22); 1e-13 to 1e-2.")
    ] = TOLERANCE,
    max_variance: Annotated[
        float, typer.Option("--max-variance", help="The variance up to which an approximation holds.")
    ] = MAX_VARIANCE,
    accept_shortfall: Annotated[
        bool, typer.Option("--accept-shortfall", help="Write the module although errors exceed the budget.")
    ] = False,
    accept_indefinite: Annotated[
        bool, typer.Option("--accept-indefinite", help="Warn of an --nngp that is no kernel instead of refusing it.")
    ] = False,
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone",
            help="Write a module that needs JAX and NumPy only (real powers: mpmath), nothing of symkern.",
        ),
    ] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print the formulas as LaTeX.")] = False,
    json: Json = False,
    points: Points = 60,
) -> None:
    """Derive a kernel, measure its errors, write the module and its certificate."""
    from symkern.files import may_write_module
    from symkern.memory import remember_programs
    from symkern.tables import shortfall
    from symkern.workflow import derive_and_verify, module_name

    if what is None and nngp is None:
        raise UsageError("Missing argument: give an activation, or the formula of a kernel with --nngp")
    screen, parameters = _screen(json), parameters_of(param)
    may_write_module(out / f"{module_name(what, name, parameters, nngp=nngp)}.py", force=force)
    remember_programs()
    with screen.progress("measuring errors", before="deriving") as progress:
        outcome = derive_and_verify(
            what,
            nngp=nngp,
            name=name,
            parameters=parameters,
            number=points,
            progress=progress,
            show=screen.derivation(latex),
            standalone=standalone,
            accept_indefinite=accept_indefinite,
            closed_form=closed_form,
            tolerance=tolerance,
            max_variance=max_variance,
        )
    if outcome.not_derived is not None:
        _refuse(outcome.not_derived, screen)
    assert outcome.report is not None
    screen.report(outcome.report, extra=outcome.as_dict())
    if not outcome.report.ok and not accept_shortfall:
        reason = shortfall(outcome.report)
        _fail(
            f"{outcome.name} was not written: {reason}; --accept-shortfall writes it with the shortfall on record",
            FAILED,
        )
    path = outcome.write(out, force=force)
    screen.say(f"wrote {path} and {path.with_suffix('.json').name}")


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="A generated module's name (sin), or the path of its file.")],
    param: Param = None,
    points: Points = 200,
    json: Json = False,
) -> None:
    """Measure a generated module's errors against the oracle, and what else the contract promises."""
    from symkern.memory import remember_programs
    from symkern.tables import shortfall
    from symkern.workflow import verify_module

    remember_programs()
    screen, parameters = _screen(json), parameters_of(param)
    with screen.progress("measuring errors") as progress:
        report = verify_module(what, parameters=parameters, number=points, progress=progress)
    screen.report(report, extra={})
    if not report.within_budget:
        _fail(f"{report.name}: {shortfall(report)}", FAILED)
    if report.broken:
        _fail(f"{report.name}: not kept: {'; '.join(f'{c.what} ({c.dtype})' for c in report.broken)}", FAILED)


@app.command(name="list")
def list_(json: Json = False) -> None:
    """List the catalogue: names, formulas, classes, and the worst error on each certificate."""
    from symkern.emit import generated_folder
    from symkern.listing import rows
    from symkern.tables import listing

    screen, found = _screen(json), rows(generated_folder())
    if json:
        screen.document([row.as_dict() for row in found])
    else:
        screen.lines(listing(found, screen.width))


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="A catalogue name (sin), or a formula in x.")],
    param: Param = None,
    latex: Annotated[bool, typer.Option("--latex", help="Write LaTeX for a document that has amsmath.")] = False,
    json: Json = False,
) -> None:
    """Derive a kernel and show how, step by step; nothing is measured or written."""
    from symkern.api import derive as derived
    from symkern.derivation import NotDerived

    screen, parameters = _screen(json), parameters_of(param)
    with screen.progress("deriving"):
        derivation = derived(what, parameters=parameters)
    if isinstance(derivation, NotDerived):
        _refuse(derivation, screen)
    if json:
        from symkern.notation import latex_of
        from symkern.showing import as_dict

        screen.document(as_dict(derivation, latex_of if latex else str))
    else:
        screen.derivation(latex, drawn=True)(derivation)


@app.command()
def dual(
    what: Annotated[str, typer.Argument(help="A catalogue name (gelu), or a formula in x.")],
    degree: Annotated[int, typer.Option("--degree", min=0, max=2000, help="Of the Hermite expansion.")] = 20,
    variance: Annotated[float, typer.Option("--variance", help="Of both inputs.")] = 1.0,
    param: Param = None,
    width: Annotated[
        list[int] | None, typer.Option("--width", min=1, help="Of random networks, for Monte Carlo; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random networks.")] = 0,
    plot: Annotated[Path | None, typer.Option("--plot", help="Write a picture of both errors to this file.")] = None,
    json: Json = False,
) -> None:
    """Approximate a dual kernel by Hermite expansion, beside the derived one and Monte Carlo."""
    from symkern.dual_study import WIDTHS, may_plot, study
    from symkern.dual_study import plot as drawn
    from symkern.tables import dual_tables

    screen, parameters = _screen(json), parameters_of(param)
    if plot is not None:
        may_plot(plot)
    with screen.progress("expanding"):
        found = study(what, degree, variance=variance, parameters=parameters, widths=width or WIDTHS, seed=seed)
    if json:
        screen.document(found.as_dict())
    else:
        for table in dual_tables(found):
            screen.out.print(table, crop=False)
    if plot is not None:
        drawn(found, plot)
        screen.say(f"wrote {plot}")


@app.command()
def check(
    update: Annotated[bool, typer.Option("--update", help="Rewrite the modules that differ.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of the modules; the installed one by default.")
    ] = None,
) -> None:
    """Derive every committed module anew, compare bytes, and check that its certificate is its own."""
    from symkern.checking import check_all

    screen = _screen(False)
    with screen.progress("deriving anew") as progress:
        failures = check_all(out, update=update, say=screen.say, progress=progress)
    if failures:
        _fail(f"{len(failures)} of the committed files are not what symkern generates: {', '.join(failures)}", FAILED)


@bench.command(name="derive")
def bench_derive(
    names: Annotated[
        list[str] | None, typer.Argument(help="Catalogue names or formulas; the whole catalogue by default.")
    ] = None,
    limit: Annotated[
        float | None, typer.Option("--limit", min=0, help="Fail where an entry takes more seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Time each stage of a derivation, from the formula to the module's text; nothing is measured or written."""
    from symkern.bench import timed
    from symkern.tables import timing

    screen = _screen(json)
    with screen.progress("deriving") as progress:
        found = timed(names or [], progress=progress)
    if json:
        screen.document([row.as_dict() for row in found])
    else:
        screen.lines(timing(found))
    slow = [row.name for row in found if limit is not None and row.total > limit]
    if slow:
        _fail(f"{len(slow)} of {len(found)} took more than {limit:g} s: {', '.join(slow)}", FAILED)


def _screen(json: bool) -> Screen:
    from symkern.screen import Screen

    return Screen(json=json)


def _refuse(found: NotDerived, screen: Screen) -> NoReturn:
    if screen.json:
        screen.document(found.as_dict())
    _fail(str(found), NOT_DERIVED)


def _fail(message: str, status: int) -> NoReturn:
    print(f"symkern: {message}", file=sys.stderr)
    raise SystemExit(status)


def main() -> None:
    """Entry point: expected errors are one message on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters is no reason to fail
    try:
        app()
    except SymkernError as error:
        print(f"symkern: {error}", file=sys.stderr)
        raise SystemExit(USAGE) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        print(f"symkern: {error.strerror or error}; nothing more was written", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered goes nowhere
        raise SystemExit(USAGE) from None
    except KeyboardInterrupt:
        print("symkern: interrupted; nothing was written", file=sys.stderr)
        raise SystemExit(130) from None
