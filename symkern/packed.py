"""Tables of small numbers as text, for generated modules."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

BITS = 50
"""Numbers are kept as multiples of 2^-50."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def pack(numbers: Floats) -> str:
    """The numbers, rounded to multiples of 2^-50, as letters without quotes or backslashes; each less than 2^12 in size."""
    whole = np.rint(np.ldexp(numbers.ravel(), BITS)).astype(np.int64)
    folded = (whole << 1) ^ (whole >> 63)  # the sign as the last bit: small numbers have empty high bytes
    planes = folded.astype("<u8").view(np.uint8).reshape(-1, 8).T
    return base64.b85encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")


def unpack(text: str) -> Floats:
    """The numbers, one after the other."""
    planes = np.frombuffer(zlib.decompress(base64.b85decode("".join(text.split()))), np.uint8).reshape(8, -1)
    folded = np.ascontiguousarray(planes.T).view("<u8").ravel().astype(np.uint64)
    whole = (folded >> np.uint64(1)).astype(np.int64) ^ -(folded & np.uint64(1)).astype(np.int64)
    return np.ldexp(whole.astype(np.float64), -BITS)


__all__ = ["BITS", "Floats", "pack", "unpack"]
