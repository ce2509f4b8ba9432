"""How numbers with errors are written."""

from __future__ import annotations

import math


def percent(part: float) -> str:
    """Return a part in per cent, to two digits or to whole numbers."""
    if not math.isfinite(part):
        return "unknown"
    return f"{100 * part:.0f} %" if part >= 0.0995 else f"{100 * part:.2g} %"


def deviation_with_error(part: float, error: float) -> str:
    """Return a part in per cent with the error of its last digits in brackets, like "-0.32(21) %"."""
    if not (math.isfinite(error) and error > 0):
        return f"{100 * part:+.2g} %"
    value, error = 100 * part, 100 * error
    digits = min(12, max(0, 1 - math.floor(math.log10(error))))
    shown = f"{error:.{digits}f}" if error >= 0.995 else f"{round(error * 10**digits)}"
    return f"{value:+.{digits}f}({shown}) %"


def number_with_error(value: float, error: float) -> str:
    """Return a number with its error to two digits, like "0.7525 ± 0.0073"."""
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g}"
    digits = min(12, max(0, 1 - math.floor(math.log10(error))))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
