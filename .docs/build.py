"""The pages of the documentation, from the docstrings: `python .docs/build.py OUT`; a warning is an error."""

import sys
import typing
import warnings
from pathlib import Path

import pdoc

import dmft
import validation


def main(out: str) -> None:
    """Write one page for each module and an index."""
    warnings.simplefilter("error")
    for package in (dmft, validation):
        for name in package.__all__:
            _resolve(getattr(package, name))
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


if __name__ == "__main__":
    main(*sys.argv[1:])
