"""neural-tangents 0.6.5 on old and current JAX, without TensorFlow.

neural-tangents is no longer developed; its last release imports TensorFlow and names that JAX has removed since.
``ENTRIES`` lists every incompatibility, one entry each.  ``neural_tangents()`` imports the package, once, on first
use, with the entries that this JAX needs:

- *lend*: a missing name is put where neural-tangents imports it from, and taken back as soon as it has been imported,
  so JAX itself is left as it was.  A name that exists is never replaced.
- *mend*: what neural-tangents looks up or calls later is replaced in its own modules, with public JAX.

A neural_tangents that was imported before is used as it is.  docs/compat.md has the measurements.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

INSTALL = "pip install --no-deps neural-tangents==0.6.5 && pip install frozendict"
_EXPERIMENTAL = "neural_tangents.experimental"
_EMPIRICAL = "neural_tangents._src.empirical"
_CORE_NAMES = ("Jaxpr", "JaxprEqn", "Literal", "Primitive", "Var")


# What is lent: dotted name -> object, there only while neural_tangents is being imported.


class _Experimental(ModuleType):
    """Stands for ``neural_tangents.experimental``, whose only content is a bridge to TensorFlow."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"symkern keeps TensorFlow out: import neural_tangents before symkern's layers for {name!r}."
        )


def _experimental() -> Mapping[str, object]:
    return {_EXPERIMENTAL: _Experimental(_EXPERIMENTAL)}


def _jaxpr_types() -> Mapping[str, object]:
    public = importlib.import_module("jax.extend.core")
    return {f"jax.core.{name}": getattr(public, name) for name in _CORE_NAMES}


def _zeros_like_p() -> Mapping[str, object]:
    return {"jax.interpreters.ad.zeros_like_p": importlib.import_module("jax.extend.core").Primitive("zeros_like")}


def _safe_map(f: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
    """``list(map(f, *columns))``, but columns of different lengths are an error."""
    return [f(*row) for row in zip(*columns, strict=True)]


def _safe_zip(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """``list(zip(*columns))``, but columns of different lengths are an error."""
    return list(zip(*columns, strict=True))


def _jax_util() -> Mapping[str, object]:
    names: dict[str, object] = {"jax.util.safe_map": _safe_map, "jax.util.safe_zip": _safe_zip}
    return {"jax.util": ModuleType("jax.util")} | names if _missing("jax.util") else names  # 0.7 still has the module


# What is mended: neural-tangents' own modules, after their import.


class _Overlay(ModuleType):
    """A module with a few names more; every other name is looked up in the module itself."""

    def __init__(self, module: ModuleType, names: Mapping[str, object]) -> None:
        super().__init__(module.__name__)
        self._module = module
        vars(self).update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _replace(module: str, **values: object) -> None:
    """Give ``module`` new values for names that it has."""
    target = importlib.import_module(module)
    for name, value in values.items():
        if hasattr(target, name):
            setattr(target, name, value)


def _overlay(module: str, name: str, **names: object) -> None:
    _replace(module, **{name: _Overlay(getattr(importlib.import_module(module), name), names)})


def _keep_experimental() -> None:
    stand_in = importlib.import_module("neural_tangents").experimental
    if isinstance(stand_in, _Experimental):
        sys.modules[_EXPERIMENTAL] = stand_in


def _mend_type_test() -> None:
    _overlay(_EMPIRICAL, "core", DShapedArray=type("DShapedArray", (), {}))


def _mend_source_info() -> None:
    _overlay(_EMPIRICAL, "ad", source_info_util=importlib.import_module("jax.extend.source_info_util"))


def _mend_checks() -> None:
    _overlay(_EMPIRICAL, "ad", config=SimpleNamespace(jax_enable_checks=False))


def _abstract(shape: Any, dtype: Any) -> Any:
    struct: Any = importlib.import_module("jax").ShapeDtypeStruct
    return struct(shape, dtype)


def _mend_linearize() -> None:
    import jax

    empirical = importlib.import_module(_EMPIRICAL)

    def get_primals_out_and_pullback(
        fn: Callable[..., Any], mode: Any, _j_rules: bool, _s_rules: bool, _fwd: bool | None, *primals_in: Any
    ) -> tuple[Any, Callable[..., Any]]:
        """The value of ``fn`` and neural-tangents' modified backward pass over its linearization."""
        flat, tree = jax.tree_util.tree_flatten(primals_in)
        with jax.disable_jit():
            primals_out, linear = jax.linearize(fn, *primals_in)
            tangents = [_abstract(jax.numpy.shape(p), jax.numpy.result_type(p)) for p in flat]
            closed = jax.make_jaxpr(
                lambda *leaves: jax.tree_util.tree_leaves(linear(*jax.tree_util.tree_unflatten(tree, leaves)))
            )(*tangents)

        def pullback(*cotangents: Any) -> Any:
            jaxpr = closed.jaxpr
            outs = empirical._backward_pass(
                jaxpr,
                mode=mode,
                consts=closed.consts,
                primals_in=[empirical.UndefinedPrimal(v.aval) for v in jaxpr.invars],
                cotangents_in=tuple(jax.tree_util.tree_leaves(cotangents)),
                _j_rules=_j_rules,
                _s_rules=_s_rules,
                _fwd=_fwd,
            )
            return jax.tree_util.tree_unflatten(tree, outs)

        return primals_out, pullback

    _replace(_EMPIRICAL, _get_primals_out_and_pullback=get_primals_out_and_pullback)


def _mend_transposes() -> None:
    import jax

    empirical = importlib.import_module(_EMPIRICAL)

    def eqn_vjp_fn(eqn: Any, cts_in: Any, *invals: Any) -> Sequence[Any]:
        """The cotangents of an equation's inputs; None where it is not linear in one."""
        if eqn is None:
            return (cts_in,)
        linear = [isinstance(v, empirical.UndefinedPrimal) for v in invals]
        if isinstance(cts_in, empirical.Zero):
            return [empirical.Zero(v.aval) if is_linear else None for v, is_linear in zip(invals, linear, strict=True)]
        bound = eqn.primitive.get_bind_params(dict(eqn.params))
        functions, params = bound if isinstance(bound, tuple) else ((), bound)  # a tuple before JAX 0.12

        def apply(*variables: Any) -> Any:
            rest = iter(variables)
            arguments = [next(rest) if is_linear else v for v, is_linear in zip(invals, linear, strict=True)]
            out = eqn.primitive.bind(*functions, *arguments, **params)
            return out[0] if eqn.primitive.multiple_results else out

        shapes = [_abstract(v.aval.shape, v.aval.dtype) for v in invals if isinstance(v, empirical.UndefinedPrimal)]
        cotangents = iter(jax.linear_transpose(apply, *shapes)(cts_in))
        return [next(cotangents) if is_linear else None for is_linear in linear]

    _replace(_EMPIRICAL, _eqn_vjp_fn=eqn_vjp_fn)


def _mend_flops() -> None:
    import jax

    def get_flops(f: Callable[..., Any], optimize: bool, *args: Any, **kwargs: Any) -> float:
        lowered = jax.jit(f).lower(*args, **kwargs)
        analysis: Any = lowered.compile().cost_analysis() if optimize else lowered.cost_analysis()
        return float(analysis["flops"])

    _replace(_EMPIRICAL, _get_flops=get_flops)


def _mend_eigvalsh() -> None:
    linalg = importlib.import_module("scipy.linalg")

    @functools.wraps(linalg.eigvalsh)
    def eigvalsh(a: Any, *args: Any, eigvals: tuple[int, int] | None = None, **kwargs: Any) -> Any:
        return linalg.eigvalsh(a, *args, subset_by_index=eigvals, **kwargs)

    _overlay("neural_tangents._src.predict", "sp", linalg=_Overlay(linalg, {"eigvalsh": eigvalsh}))


# The table.


def _missing(module: str, *names: str) -> bool:
    """Whether ``module`` or one of its ``names`` does not exist (a deprecated name exists)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = importlib.import_module(module)
        except ImportError:
            return True
        return not all(hasattr(found, name) for name in names)


def _from_jax(*version: int) -> bool:
    import jax

    here: tuple[int, ...] = jax.__version_info__
    return here >= version


def _without_tensorflow() -> bool:
    present = sys.modules.get(_EXPERIMENTAL)
    return present is None or isinstance(present, _Experimental)


def _eigvalsh_changed() -> bool:
    return "eigvals" not in inspect.signature(importlib.import_module("scipy.linalg").eigvalsh).parameters


@dataclass(frozen=True)
class Entry:
    """One incompatibility of neural-tangents 0.6.5.

    Attributes:
        name: what neural-tangents asks for.
        what: what became of it and what stands in its place.
        since: the first version on which it is needed.
        needed: whether it is, here.
        lend: names to put in place while neural_tangents is being imported.
        mend: what to do in neural_tangents once it has been imported.
    """

    name: str
    what: str
    since: str
    needed: Callable[[], bool]
    lend: Callable[[], Mapping[str, object]] = dict
    mend: Callable[[], None] = lambda: None


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "neural_tangents.experimental",
        "imports TensorFlow for a bridge that no layer uses; an empty module stands in",
        "always",
        _without_tensorflow,
        lend=_experimental,
        mend=_keep_experimental,
    ),
    Entry(
        f"jax.core.{{{', '.join(_CORE_NAMES)}}}",
        "moved to jax.extend.core",
        "JAX 0.6.0",
        lambda: _missing("jax.core", *_CORE_NAMES),
        lend=_jaxpr_types,
    ),
    Entry(
        "jax.util.{safe_map, safe_zip}",
        "gone, the module too since 0.8.0; map and zip that insist on equal lengths",
        "JAX 0.7.0",
        lambda: _missing("jax.util", "safe_map", "safe_zip"),
        lend=_jax_util,
    ),
    Entry(
        "ad.zeros_like_p",
        "gone, and unused by JAX since 0.4: a key of two tables; a primitive of that name",
        "JAX 0.9.0",
        lambda: _missing("jax.interpreters.ad", "zeros_like_p"),
        lend=_zeros_like_p,
    ),
    Entry(
        "jax.core.DShapedArray",
        "gone: one type test that is false for every array; a class without instances",
        "JAX 0.8.2",
        lambda: _missing("jax.core", "DShapedArray"),
        mend=_mend_type_test,
    ),
    Entry(
        "ad.source_info_util",
        "now jax.extend.source_info_util",
        "JAX 0.4.26",
        lambda: _missing("jax.interpreters.ad", "source_info_util"),
        mend=_mend_source_info,
    ),
    Entry(
        "ad.config",
        "guards a self-check that needs jax.core.lattice_join (gone in 0.6.0); the check is off",
        "JAX 0.4.26",
        lambda: _missing("jax.interpreters.ad", "config"),
        mend=_mend_checks,
    ),
    Entry(
        "ad.linearize",
        "takes other arguments and returns other values; jax.linearize and jax.make_jaxpr",
        "JAX 0.10.1",
        lambda: _from_jax(0, 10, 1),
        mend=_mend_linearize,
    ),
    Entry(
        "ad.reducing_transposes",
        "gone, and the transpose rules changed; jax.linear_transpose of the equation",
        "JAX 0.10.0",
        lambda: _missing("jax.interpreters.ad", "reducing_transposes"),
        mend=_mend_transposes,
    ),
    Entry(
        "Compiled.cost_analysis()",
        "returns a dictionary, no longer a list with one",
        "JAX 0.5.0",
        lambda: _from_jax(0, 5),
        mend=_mend_flops,
    ),
    Entry(
        "scipy.linalg.eigvalsh(eigvals=)",
        "the argument is called subset_by_index (nt.predict.max_learning_rate)",
        "SciPy 1.14",
        _eigvalsh_changed,
        mend=_mend_eigvalsh,
    ),
)


@contextmanager
def _lent(name: str, value: object) -> Iterator[None]:
    """``value`` under the dotted ``name`` where nothing is, for the length of a with block."""
    if isinstance(value, ModuleType):
        if name in sys.modules:
            yield
            return
        sys.modules[name] = value
        try:
            yield
        finally:
            del sys.modules[name]
        return
    parent, _, attribute = name.rpartition(".")
    module = importlib.import_module(parent)
    if not _missing(parent, attribute):
        yield
        return
    setattr(module, attribute, value)
    try:
        yield
    finally:
        delattr(module, attribute)


_lock = threading.RLock()
_loaded: ModuleType | None = None
_applied: tuple[str, ...] = ()


def neural_tangents() -> ModuleType:
    """The package ``neural_tangents``, imported on first use with what this JAX needs.

    Raises:
        ImportError: in one line: it is not installed, or this JAX lacks a name that no entry restores.
    """
    global _loaded, _applied
    with _lock:
        if _loaded is None:
            _loaded, _applied = _load()
        return _loaded


def _load() -> tuple[ModuleType, tuple[str, ...]]:
    if "neural_tangents" in sys.modules:
        return importlib.import_module("neural_tangents"), ()  # waits for an import under way in another thread
    import jax

    entries = [entry for entry in ENTRIES if entry.needed()]
    try:
        with ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # deprecated names, and escapes in its docstrings
            for entry in entries:
                for name, value in entry.lend().items():
                    stack.enter_context(_lent(name, value))
            package = importlib.import_module("neural_tangents")
    except ModuleNotFoundError as error:
        if error.name not in ("neural_tangents", "frozendict"):
            raise _unusable(error, jax.__version__) from None
        message = f"symkern's layers need {error.name}, the extra symkern[stax]: {INSTALL}"
        raise ImportError(message, name=error.name) from None
    except (ImportError, AttributeError) as error:
        raise _unusable(error, jax.__version__) from None
    for entry in entries:
        entry.mend()
    return package, tuple(entry.name for entry in entries)


def _unusable(error: Exception, version: str) -> ImportError:
    text = " ".join(str(error).split())
    for pattern in (
        r"cannot import name '(?P<name>[^']+)' from '(?P<module>[^']+)'",
        r"module '(?P<module>[^']+)' has no attribute '(?P<name>[^']+)'",
        r"No module named '(?P<module>[^']+)\.(?P<name>[^']+)'",
        r"(?P<module>jax[\w.]*)\.(?P<name>\w+) ",  # JAX's own words for a name it removed
    ):
        if found := re.match(pattern, text):
            text = f"{found['module']}.{found['name']}"
            break
    return ImportError(
        f"neural-tangents 0.6.5 needs {text}, which JAX {version} lacks and no entry of symkern.compat restores; "
        "use a JAX listed in docs/compat.md."
    )


@dataclass(frozen=True)
class Status:
    """A row of ``report()``: an entry, whether this JAX needs it and whether it has been applied."""

    name: str
    what: str
    since: str
    needed: bool
    applied: bool


def report() -> tuple[Status, ...]:
    """Every entry, in order; imports JAX, applies nothing."""
    return tuple(Status(e.name, e.what, e.since, e.needed(), e.name in _applied) for e in ENTRIES)


__all__ = ["ENTRIES", "INSTALL", "Entry", "Status", "neural_tangents", "report"]
