"""Check the links of the built guide: `python .docs/links.py site` names each that leads nowhere, and fails then.

Pages, pictures and anchors of the guide itself are looked up; addresses elsewhere are not asked, as the guide needs no
network.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.anchors |= {name for name in (held.get("id"), held.get("name")) if name}
        self.links += [link for link in (held.get("href"), held.get("src")) if link]


def dead(site: Path) -> list[str]:
    """Return "page: link" of each link to a page, a file or an anchor that is not there.

    Raises
    ------
    ValueError : for a folder without pages.
    """
    pages = {path.resolve(): _Page() for path in sorted(site.rglob("*.html"))}
    if not pages:
        raise ValueError(f"{site} has no pages; `make docs` builds them")
    for path, page in pages.items():
        page.feed(path.read_text(encoding="utf-8"))
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            missing = not target.exists() or (
                bool(parts.fragment) and target in pages and unquote(parts.fragment) not in pages[target].anchors
            )
            if missing:
                found.append(f"{path.relative_to(site.resolve())}: {link}")
    return found


def main(arguments: list[str]) -> int:
    """Print what is dead; return 1 if anything is."""
    found = dead(Path(arguments[0] if arguments else "site"))
    print("\n".join(found) if found else "every link leads somewhere")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
