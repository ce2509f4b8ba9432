"""What a notebook shows of simulations and comparisons: their text, and their figure below it."""

from __future__ import annotations

import html as entities
from typing import Any

from dmft.plotting.image import image


def html(text: str, result: Any) -> str:
    """Return a text and the figure of a result as a piece of HTML; the text alone where there is nothing to draw."""
    told = f"<pre>{entities.escape(text)}</pre>"
    try:
        drawn = result.plot()
    except ValueError:
        return told
    return told + image(drawn)
