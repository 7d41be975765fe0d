"""The exponential-polynomial class: finite sums of ``w x^k exp(α x² + β x)``, complex ``w, α, β`` included.

Polynomials, exponentials, sines and cosines, their hyperbolic kin, Gaussians, chirps, and products of all of them.
"""

from __future__ import annotations

from symkern.activation import Activation
from symkern.derivation import Derivation, NotDerived, Step
from symkern.derive.atoms import OutsideError, atoms_of, expression_of
from symkern.derive.errors import DisagreementError
from symkern.derive.existence import existence
from symkern.derive.kernel_sum import derivative, difference, expression, is_zero, substituted, symmetric_pair
from symkern.derive.leading import leading, power_step, tilt_steps
from symkern.derive.tilt import expectation
from symkern.symbols import cov12, var, var1, var2, x

NAME = "exponential_polynomial"


def exponential_polynomial(activation: Activation) -> Derivation | NotDerived:
    """E[e^{uᵀAu + bᵀu}] = |I − 2ΣA|^{-1/2} exp(½ bᵀ(I − 2ΣA)^{-1}Σ b), and its derivatives in ``b``.

    The covariance derivative is found twice, as ``∂/∂cov12`` of the result and by the same engine on ``f'``
    (Price 1958), and the two must be the same polynomials.

    Raises:
        DisagreementError: they are not.
    """
    try:
        atoms = atoms_of(activation.expression, x)
        d_atoms = atoms_of(activation.derivative, x)
    except OutsideError as outside:
        return NotDerived(activation, ((NAME, outside.reason),))
    kernel, d_kernel = expectation(atoms, atoms), expectation(d_atoms, d_atoms)
    price = difference(derivative(kernel), d_kernel)
    if price and not is_zero(price):
        raise DisagreementError(f"{activation.name}: the derivative of the NNGP kernel is not the kernel of f'")
    if not symmetric_pair(kernel):
        raise DisagreementError(f"{activation.name}: the NNGP kernel is not symmetric")
    nngp, d_nngp = expression(kernel), expression(d_kernel)
    first = leading(atoms)
    steps = (
        Step("f as a sum of atoms w xᵏ exp(αx² + βx)", expression_of(atoms, x)),
        *tilt_steps(first),
        *power_step(first),
        Step(
            f"real parts with their weights, summed over all pairs ({len(atoms) ** 2}) and simplified: E[f(X) f(Y)]",
            nngp,
        ),
        Step("f'", activation.derivative),
        Step("the same for f': E[f'(X) f'(Y)]", d_nngp),
        Step("checked: ∂/∂cov12 of the one is the other, symbolically (Price 1958)"),
    )
    at_equal = {cov12: var, var1: var, var2: var}
    return Derivation(
        activation=activation,
        nngp=nngp,
        d_nngp=d_nngp,
        variance=substituted(kernel, at_equal),
        rule=NAME,
        steps=steps,
        domain=existence(atom.quadratic for atom in atoms),
    )


__all__ = ["exponential_polynomial"]
