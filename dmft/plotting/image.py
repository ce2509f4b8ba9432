"""A figure as an element of HTML."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def image(drawn: Figure) -> str:
    """Return a figure as an element of HTML that carries its pixels."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=90)
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode("ascii")}">'
