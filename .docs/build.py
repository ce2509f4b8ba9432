"""The pages of the documentation, from the docstrings: `python .docs/build.py OUT`; a warning is an error."""

import functools
import re
import sys
import typing
import warnings
from pathlib import Path

import pdoc
import pdoc.render_helpers

import dmft
import validation


def main(out: str) -> None:
    """Write one page for each module and an index."""
    warnings.simplefilter("error")
    for package in (dmft, validation):
        for name in package.__all__:
            _resolve(getattr(package, name))
    numpy = pdoc.docstrings.numpy
    pdoc.docstrings.numpy = lambda text: numpy(_spread(text))
    # Angle brackets are averages, not tags.
    markdown2 = pdoc.render_helpers.markdown2
    markdown2.markdown = functools.partial(markdown2.markdown, safe_mode="escape")
    pdoc.render.configure(docformat="numpy", math=True, footer_text=f"dmft {dmft.__version__}")
    pdoc.pdoc("dmft", "dmft.plotting", "validation", output_directory=Path(out))


def _resolve(item: object) -> None:
    """Resolve the annotations of a dataclass where each field was declared: its __init__ has them as bare text."""
    if isinstance(item, type) and "__dataclass_fields__" in vars(item):
        try:
            hints = typing.get_type_hints(item)
        except NameError:  # a name imported for type checkers only, which pdoc finds
            return
        item.__init__.__annotations__.update({k: hints[k] for k in item.__init__.__annotations__ if k in hints})


def _spread(docstring: str) -> str:
    """Return the docstring with "name : what it is" on two lines, as the converter expects what is no type."""
    docstring = re.sub(r"::$", ":", docstring, flags=re.MULTILINE)
    lines = docstring.splitlines()
    out, listing = [], False
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        if re.fullmatch(r"-{3,}", following.strip()):
            listing = line.strip() in ("Parameters", "Attributes", "Returns", "Raises", "Warns", "Yields")
        entry = re.fullmatch(r"(\S.*?) : (.*)", line)
        out += [entry[1], f"    {entry[2]}"] if listing and entry else [line]
    return "\n".join(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
