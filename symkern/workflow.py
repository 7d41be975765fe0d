"""What the commands do, without the printing: derive and verify, write, check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from symkern import catalogue, families
from symkern.certificate import read_certificate, write_certificate
from symkern.derivation import Approximation, Derivation, NotDerived
from symkern.errors import UsageError
from symkern.files import MARK, check_name, write_module
from symkern.references import Progress
from symkern.report import Report

if TYPE_CHECKING:
    from symkern.codegen.measures import Plan


@dataclass(frozen=True)
class Outcome:
    """What ``symkern derive`` found, before anything is written."""

    name: str
    source: str = ""
    derivation: Derivation | None = None
    report: Report | None = None
    not_derived: NotDerived | None = None
    plan: Plan | None = None

    def write(self, directory: Path, *, force: bool) -> Path:
        """Write the module, then its certificate, unless one for the same bytes rests on more points.

        Raises:
            UsageError: the folder cannot be written, or the file is somebody else's.
        """
        assert self.report is not None
        path = write_module(directory, self.name, self.source, force=force)
        if not self._is_weaker_than(path):
            write_certificate(self.report, path, self.plan)
        return path

    def _is_weaker_than(self, path: Path) -> bool:
        """Whether the certificate there is for the same bytes and rests on more points: better evidence stays."""
        try:
            content = read_certificate(path)
        except UsageError:
            return False
        return bool(self.report and self.report.ok and content.get("ok") and content["points"] > self.report.points)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        from symkern.showing import as_dict

        return {} if self.derivation is None else as_dict(self.derivation)


def module_name(
    what: str | None, name: str | None, parameters: Mapping[str, Any] | None = None, *, nngp: str | None = None
) -> str:
    """The name that ``symkern derive what --name name`` writes to; ``nngp`` is a kernel's formula in place of ``what``.

    Raises:
        UsageError: it is no plain identifier, or the parameters do not fit the family.
    """
    from symkern.api import name_of

    if name is not None:
        return check_name(name)
    if what is None:
        return check_name(name_of(nngp or "", "kernel"))
    family = families.find(what.strip())
    entry = catalogue.find(what.strip())
    if family and parameters:
        return families.member_name(family, family.check(parameters.get(family.argument, family.default)))
    return family.name if family else entry.name if entry else check_name(name_of(what))


def derive_and_verify(
    what: str | None,
    *,
    nngp: str | None = None,
    name: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    number: int = 60,
    progress: Progress | None = None,
    show: Callable[[Derivation], None] | None = None,
    standalone: bool = False,
    accept_indefinite: bool = False,
    **how: Any,
) -> Outcome:
    """Derive, compile in memory, and measure; writes nothing.

    ``how`` is what :func:`symkern.derive` knows of approximations.

    Raises:
        FormulaError, UsageError: see :func:`symkern.derive`.
    """
    from symkern.api import derive
    from symkern.codegen.load import load_source
    from symkern.codegen.standalone import standalone_source
    from symkern.trials import chosen_plan
    from symkern.verification import asked, budget_of, judged

    family = None if what is None or nngp is not None else families.find(what.strip())
    if family is not None and not parameters and name is None:
        if standalone:
            raise UsageError(f"{family.name} derives its members when asked: give --param for one, to stand alone")
        return _family_outcome(family, number, progress, show)
    derivation = derive(what, nngp=nngp, name=name, parameters=parameters, accept_indefinite=accept_indefinite, **how)
    if isinstance(derivation, NotDerived):
        return Outcome(derivation.activation.name, not_derived=derivation)
    first = derivation.compile()
    if show:
        show(derivation)
    question = asked(first, {}, number, progress=progress)
    choice = None
    if not isinstance(derivation, Approximation):
        choice = chosen_plan(derivation, question.answers, question.values, budget_of(first))
    source, module = (derivation.source(choice.plan), choice.module) if choice else (derivation.source(), first)
    if standalone:
        source = standalone_source(source)
        module = load_source(derivation.name, source)
    report = judged(module, question, contract=False)
    if choice is None:
        return Outcome(derivation.name, source, derivation, report)
    return Outcome(derivation.name, source, derivation, replace(report, trial=choice.trial), plan=choice.plan)


def _family_outcome(
    family: families.Family, number: int, progress: Progress | None, show: Callable[[Derivation], None] | None
) -> Outcome:
    from symkern.api import derive
    from symkern.codegen.family import family_source
    from symkern.codegen.load import load_source
    from symkern.verification import verify

    example = derive(family.name)
    assert isinstance(example, Derivation)
    if show:
        show(example)
    source = family_source(family)
    report = verify(load_source(family.name, source), number=number, progress=progress, contract=False)
    return Outcome(family.name, source, example, report)


def module_of(what: str) -> ModuleType:
    """A generated module by name, or by the path of its file.

    Raises:
        UsageError: there is none, or the file was not generated by symkern.
    """
    from symkern.codegen.load import load_source
    from symkern.verification import generated_module

    if not what.endswith(".py") and "/" not in what:
        if what and not what.isidentifier():
            raise UsageError(f"{what!r} is no module: give a name, such as sin, or the path of a .py file")
        return _complete(generated_module(what), what)
    path = Path(what)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if MARK not in text:
        raise UsageError(f"{path} was not generated by symkern")
    try:
        module = load_source(path.stem, text)
    except Exception as error:  # of any kind: the file may be cut short, or edited
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise UsageError(f"{path} cannot be loaded ({reason}); make it anew with `symkern derive`") from error
    return _complete(module, str(path))


def _complete(module: ModuleType, what: str) -> ModuleType:
    needed = ("NNGP" if hasattr(module, "NNGP") else "FORMULA", "PARAMETERS", "nngp_fn", "d_nngp_fn", "variance_fn")
    if not hasattr(module, "FAMILY") and not all(hasattr(module, name) for name in needed):
        raise UsageError(f"{what} is no generated module, or an incomplete one; make it anew with `symkern derive`")
    return module


def verify_module(
    what: str, *, parameters: Mapping[str, Any] | None = None, number: int = 200, progress: Progress | None = None
) -> Report:
    """Measure the errors of a generated module, by name or by the path of its file.

    Raises:
        UsageError: there is no such module, or a parameter does not fit.
    """
    from symkern.verification import verify

    module = module_of(what)
    for key, value in (parameters or {}).items():
        if isinstance(value, tuple) and not hasattr(module, "FAMILY"):
            raise UsageError(f"parameter {key} must be a number, not {list(value)}")
    return verify(module, parameters=parameters or None, number=number, progress=progress)
