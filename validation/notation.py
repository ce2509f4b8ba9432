"""How quantities are named, and numbers with errors written."""

from __future__ import annotations

import math
import re

_NAME = re.compile(r"(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\[(?P<at>[0-9.]+(?:[eE][+-]?\d+)?)\])?")


def percent(part: float) -> str:
    """Return a part in per cent, to two digits or to whole numbers."""
    if not math.isfinite(part):
        return "unknown"
    return f"{100 * part:.0f} %" if part >= 0.0995 else f"{100 * part:.2g} %"


def deviation_with_error(part: float, error: float) -> str:
    """Return a part in per cent with the error of its last digits in brackets, like "-0.32(21) %"."""
    if not (math.isfinite(error) and error > 0):
        return f"{100 * part:+.2g} %"
    return f"{_bracketed(100 * part, 100 * error, '+')} %"


def number_with_error(value: float, error: float) -> str:
    """Return a number with the error of its last digits in brackets, like "0.7525(73)"."""
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g}"
    return _bracketed(value, error)


def _bracketed(value: float, error: float, sign: str = "") -> str:
    digits = min(12, max(0, 1 - math.floor(math.log10(error))))
    shown = f"{error:.{digits}f}" if error >= 0.995 else f"{round(error * 10**digits)}"
    return f"{value:{sign}.{digits}f}({shown})"


def split_name(quantity: str) -> tuple[str, float | None]:
    """Return ("corr_phi", 5.0) for "corr_phi[5]", ("lyapunov_exponent", None) for a plain name.

    Of populations: ("corr_phi.E", 5.0) for "corr_phi.E[5]".

    Raises
    ------
    ValueError, TypeError : for anything else.
    """
    if not isinstance(quantity, str):
        raise TypeError(f"a quantity is named like 'lyapunov_exponent' or 'corr_phi[5]', got {quantity!r}")
    match = _NAME.fullmatch(quantity)
    if match is None:
        raise ValueError(f"a quantity is named like 'lyapunov_exponent' or 'corr_phi[5]', got {quantity!r}")
    at = match["at"]
    return match["name"], None if at is None else float(at)
