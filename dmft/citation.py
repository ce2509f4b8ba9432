"""What to cite for a result: the papers whose equations were solved, and this package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from dmft.models.checks import meant


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX entries of the keys, in their order, each once.

    Raises
    ------
    ValueError : for a key that `dmft/references.bib` does not have.
    """
    if isinstance(keys, str):
        keys = [keys]
    known = _entries()
    for key in (wanted := dict.fromkeys(keys)):
        if key not in known:
            raise ValueError(f"there is no reference {key!r}{meant(key, known)}; known are {', '.join(known)}")
    return "\n\n".join(known[key] for key in wanted)


def cite(result: Any) -> str:
    """Return the BibTeX entries of what a result rests on: its references and dmft itself.

    Parameters
    ----------
    result : a solution, or a stored one, as `dmft.load` gives it.

    Raises
    ------
    TypeError : for what carries no references.
    """
    # A dataset lends its attributes as members too: the text of a stored one must be looked for first.
    stored = getattr(result, "attrs", {}).get("references")
    references = getattr(result, "references", None) if stored is None else [k for k in stored.split(", ") if k]
    if references is None:
        raise TypeError(
            f"cite takes a solution, a map or a stored one, got {type(result).__name__}: cite what it was read off"
        )
    return bibtex([*references, "dmft"])


def told(key: str) -> str:
    """Return a reference in a line: authors, title, year and DOI (that of the preprint, where it has no other).

    Raises
    ------
    ValueError : for a key that `dmft/references.bib` does not have.
    """
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", bibtex([key]), flags=re.MULTILINE))
    names = [name.split(",")[0] for name in fields["author"].split(" and ")]
    who = " & ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    doi = fields.get("doi") or f"10.48550/arXiv.{fields['eprint']}"
    return f"{who} ({fields['year']}). {fields['title']}. https://doi.org/{doi}".replace("{", "").replace("}", "")


@cache
def _entries() -> dict[str, str]:
    """Return key -> entry; each entry of the file starts with an @ at the beginning of a line."""
    source = files("dmft").joinpath("references.bib").read_text(encoding="utf-8")
    entries = ["@" + part.strip() for part in ("\n" + source).split("\n@")[1:]]
    return {entry[entry.index("{") + 1 : entry.index(",")]: entry for entry in entries}
