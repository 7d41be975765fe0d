"""A table of angles in float64: the sum of products that :mod:`symkern.series.angular` makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import chebyshev

from symkern.packed import Floats, pack, unpack
from symkern.series.fields import Fields
from symkern.stretch import stretched

PRODUCTS = 6.0
"""So many products take as long as a power."""


@dataclass(frozen=True)
class Table:
    """The sum, and the variance map ``E[f(X)²] = v^order exp(Σ_a log_squares[a] T_a)``.

    Attributes:
        largest: the variance up to which it holds.
        order: the power with which ``f`` begins at zero.
        log_squares: Chebyshev coefficients in ``2 t/t_max - 1``, ``t = √v/(1 + √v)``.
        orders: the power ``m`` of each product, ascending.
        signs: of each product.
        functions: Chebyshev coefficients of each product's function, a row each.
        sizes: the largest value of each product.
        bound: of the error relative to ``√(K11 K22)``: that at 700 pairs of variances and 28 angles, four times.
        ends: of :func:`symkern.stretch.stretched`.
    """

    largest: float
    order: int
    log_squares: Floats
    orders: np.ndarray
    signs: Floats
    functions: Floats
    sizes: Floats
    bound: float = np.inf
    ends: float = 0.0

    @classmethod
    def of(cls, fields: Fields) -> Table:
        """What such fields came from, but for the sizes."""
        orders = np.repeat([m for m, _, _ in fields.products], [len(signs) for _, signs, _ in fields.products])
        signs = np.array([1.0 if s == "+" else -1.0 for _, text, _ in fields.products for s in text])
        functions = unpack(fields.functions).reshape(len(orders), -1)
        squares = np.array(fields.squares)
        sizes = np.zeros(len(orders))
        return cls(fields.largest, fields.order, squares, orders, signs, functions, sizes, fields.bound, fields.ends)

    def __call__(self, angles: Floats, places: Floats) -> Floats:
        """``K / √(K11 K22)`` at these angles, for all pairs of places (those of variances, from -1 to 1)."""
        u = chebyshev.chebval(places, self.functions.T)
        x = np.clip(stretched(2 * angles / np.pi - 1, self.ends), -1, 1)
        waves = np.cos(self.orders * np.arccos(x)[:, None]) * self.signs
        return np.stack([(u * wave[:, None]).T @ u for wave in waves])

    def fields(self, short: float) -> Fields:
        """What a module has of it; ``short`` is what float32 may leave out together."""
        few = self.but(short)
        products = []
        for m in sorted({int(m) for m in self.orders}):
            here = self.orders == m
            signs = "".join("+" if sign > 0 else "-" for sign in self.signs[here])
            products.append((m, signs, int(few[here].sum())))
        squares = tuple(map(float, self.log_squares))
        bound = float(f"{1.005 * self.bound:.2e}")
        return Fields(self.largest, self.order, squares, tuple(products), pack(self.functions), bound, short, self.ends)

    def without(self, total: float) -> Table:
        """The table without the smallest products, which are so much together."""
        kept = self.but(total)
        return replace(self, **{name: getattr(self, name)[kept] for name in ("orders", "signs", "functions", "sizes")})

    @property
    def cost(self) -> float:
        """Of a Gram matrix, roughly in powers: each is a pass over all entries, however many products it has."""
        return len(set(self.orders)) + len(self.orders) / PRODUCTS

    def but(self, total: float) -> np.ndarray:
        """Which products are not among the smallest, which are so much together."""
        order = np.argsort(self.sizes)
        kept = np.ones(len(order), dtype=bool)
        kept[order[: int(np.searchsorted(np.cumsum(self.sizes[order]), total))]] = False
        return kept


__all__ = ["Table"]
