"""What a notebook shows of simulations and comparisons: their text, and their figure below it."""

from __future__ import annotations

import html
from typing import Any

from dmft.plotting import image


def shown(text: str, result: Any) -> str:
    """Return a text and the figure of a result as a piece of HTML; the text alone where there is nothing to draw."""
    told = f"<pre>{html.escape(text)}</pre>"
    try:
        drawn = result.plot()
    except ValueError:
        return told
    return told + image(drawn)
