"""What a derivation may raise."""

from symkern.errors import SymkernError


class DisagreementError(SymkernError):
    """Two routes to the same kernel disagree: a bug of symkern, never the user's."""


__all__ = ["DisagreementError"]
