"""Pictures of images of digits, where there are any: a section tells what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

from validation.cases.section import Budget, Picture
from validation.gated.digits import there_are_digits

_LEFT_OUT = (
    "The pictures of digits are left out: scikit-learn, with which they come, is not installed. Install it, or give "
    "others, --mnist."
)


def of_images(
    budget: Budget, draw: Callable[[Budget], tuple[list[Picture], list[str]]]
) -> tuple[list[Picture], list[str]]:
    """Return what `draw` makes of images, pictures and remarks; only a remark where there are no images."""
    if budget.mnist is not None or there_are_digits():
        return draw(budget)
    return [], [_LEFT_OUT]
