"""Formulas and the words around them in LaTeX, for papers and notebooks."""

from __future__ import annotations

from sympy import Add, Basic, Symbol, latex

from symkern.functions import Density2, Phi2
from symkern.symbols import cov12, var, var1, var2

NAMES: dict[Symbol, str] = {
    cov12: r"\mathrm{cov}_{12}",
    var1: r"\mathrm{var}_{1}",
    var2: r"\mathrm{var}_{2}",
    var: r"\mathrm{var}",
}

FEW_TERMS = 40
"""Longer sums are written out only where that was asked for."""

NNGP = (r"\operatorname{E}[f(X)\,f(Y)]", r"\operatorname{E}[f'(X)\,f'(Y)]", r"\operatorname{E}[f(X)^{2}]")
"""The left-hand sides of ``nngp``, ``d_nngp`` and ``variance``."""

LEGEND: dict[type, tuple[str, str]] = {
    Phi2: (
        "P(Z <= h, W <= k) of two standard normals of correlation r",
        r"\Phi_{2}(h, k, r) = P(Z \le h,\, W \le k),\ \text{two standard normals of correlation}\ r",
    ),
    Density2: (
        "exp(-(h^2 - 2 r h k + k^2)/(2 (1 - r^2)))",
        r"\hat{\varphi}_{2}(h, k, r) = \exp\left(-\frac{h^{2} - 2 r h k + k^{2}}{2 (1 - r^{2})}\right)",
    ),
}
"""What a function of ``h, k, r`` means: in plain text, and as LaTeX with its left-hand side."""

_LETTERS = {"α": "alpha", "β": "beta", "ρ": "rho", "ξ": "xi", "Σ": "Sigma", "Γ": "Gamma", "∂": "partial"}
_WORDS = {
    **{ch: rf"\ensuremath{{\{name}}}" for ch, name in _LETTERS.items()},
    **{ch: rf"\ensuremath{{^{{{power}}}}}" for ch, power in zip("ᵏ²³ᵀ⁻¹ⁿ", "k23T-1n", strict=True)},
    "½": r"\ensuremath{\tfrac12}",
    "′": r"\ensuremath{'}",
    "−": r"\ensuremath{-}",
    "√": r"\ensuremath{\surd}",
    "∞": r"\ensuremath{\infty}",
    "≤": r"\ensuremath{\le}",
    "∫": r"\ensuremath{\int}",
    "^": r"\^{}",
    "~": r"\~{}",
    "\\": r"\ensuremath{\backslash}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    **{ch: f"\\{ch}" for ch in "#$%&_{}"},
}


def brief(e: Basic) -> str:
    """The expression on one line, or how many terms it has."""
    terms = Add.make_args(e)
    return str(e) if len(terms) <= FEW_TERMS else f"a sum of {len(terms)} terms, which `symkern show` writes out"


def latex_of(e: Basic) -> str:
    """An expression in LaTeX; needs ``amsmath``."""
    text: str = latex(e, symbol_names=NAMES)
    return text


def words(text: str) -> str:
    """A sentence in LaTeX; a character that it has no sign for is left out."""
    return "".join(_WORDS.get(ch, ch if ch.isascii() else "") for ch in text)


__all__ = ["FEW_TERMS", "LEGEND", "NNGP", "brief", "latex_of", "words"]
