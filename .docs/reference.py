"""The pages of the public names, grouped by the words of a calculation, written before Sphinx reads its sources."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import dmft
import validation
from dmft.citation import told
from dmft.reproduced import PAPERS, Paper

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
_MOST_TESTS = 6
_PAPERS = (
    "What the package reproduces, and how to see it: `dmft papers` prints this list. The command under each paper runs "
    "theory and networks from nothing, and writes a page with the figures and a table of deviations, errors and "
    "verdicts; without `--quick` networks are larger and more. Cite the papers first: the theory is theirs (`cite`)."
)
# Group -> (title, what it is)
GROUPS = {
    "statements": ("Statements", "What is asked: frozen parts, checked on construction, that say nothing of solvers."),
    "verbs": ("Verbs", "One for each self-consistent theory: a statement goes in, a solution comes out."),
    "methods": ("Methods", "How a verb solves: values with their settings, for its keyword `method`."),
    "solutions": ("Solutions", "What a verb returns: labelled arrays, the residual, the error and the status."),
    "observables": ("Observables", "Functions of a solution, and what they return."),
    "maps": ("Maps", "States, diagrams, critical lines and thresholds over the parameters of a statement."),
    "files": ("Files, citations, errors", "Storing results, what to cite for them, and what is raised."),
    "networks": ("Networks of finite size", "The package `validation`: simulation, training, comparison."),
}


def group_of(name: str) -> str:
    """Return the group of a public name of `dmft`, from the room in which it lives."""
    room = dmft._HOMES[name].split(".")[0]
    if name.startswith("solve_") or name in ("fixed_points", "feasibility", "separability"):
        return "verbs"
    if room == "theories":
        return "solutions" if name.endswith("Solution") or name == "FixedPoints" else "methods"
    if name in ("TargetSolution", "Status", "Convergence", "Value"):
        return "solutions"
    if name in ("Anderson", "Damped"):
        return "methods"
    if name == "coexistence_threshold":
        return "maps"
    return {"models": "statements", "observables": "observables", "phases": "maps"}.get(room, "files")


def written(folder: Path) -> None:
    """Write a page for each group and one for each name into `folder`, and take away those of names that are gone."""
    folder.mkdir(exist_ok=True)
    public = {f"dmft.{name}" for name in dmft._HOMES} | {f"validation.{name}" for name in validation.__all__}
    for page in folder.glob("*.*.rst"):
        if page.stem not in public:
            page.unlink()
    texts = _texts(REPOSITORY / "tests", "*.py")
    guide = _texts(HERE / "theories", "*.md") | _texts(HERE / "howto", "*.md")
    named: dict[str, list[str]] = {group: [] for group in GROUPS}
    for name in sorted(dmft._HOMES, key=str.lower):
        named[group_of(name)].append(f"dmft.{name}")
    named["networks"] = [f"validation.{name}" for name in sorted(validation.__all__, key=str.lower)]
    named["networks"] = [name for name in named["networks"] if not name.endswith("__")]
    for group, names in named.items():
        _write(folder / f"{group}.rst", _group_page(group, names))
        for name in names:
            _write(folder / f"{name}.rst", _name_page(name, texts, guide))

    _write(folder / "gallery.md", _gallery())
    _write(folder / "papers.md", "\n".join(["# The papers", "", _PAPERS, *map(_paper, PAPERS)]))


def _paper(one: Paper) -> str:
    """Return the section of a paper: its claims, its calls, and the command that makes its figures."""
    lines = [f"\n## {told(one.key).split('. https')[0]}", "", f"<https{told(one.key).split('https')[1]}>", ""]
    lines += [f"- {claim}" for claim in one.claims]
    lines += ["", "Calls: " + ", ".join(f"`{call}`" for call in one.calls) + ".", ""]
    lines += [f"Notebook: `notebooks/{one.notebook}.py`. Figures and the verdicts against networks:", ""]
    return "\n".join([*lines, "```sh", f"dmft-validate reproduce {one.key} --quick", "```"])


def _gallery() -> str:
    """Return the page of the notebooks: what each is about, and a picture out of it."""
    lines = [
        "# Gallery",
        "",
        "A picture out of each notebook, made by `make gallery`; `make notebooks` runs them in full.",
    ]
    for script in sorted((REPOSITORY / "notebooks").glob("[0-9]*.py")):
        text = script.read_text()
        title, about = re.search(r"^# # (.*)\n#\n((?:# [^#\n]*\n)+)", text, flags=re.MULTILINE).groups()
        first = re.sub(r"^# ?", "", about, flags=re.MULTILINE).replace("\n", " ").strip()
        whole = re.match(r".*[.?!](?= |$)", first)  # not the sentence that an equation ends
        told = whole[0] if whole and whole[0].count("(") == whole[0].count(")") else ""
        lines += ["", f"## {title}", "", f"`notebooks/{script.name}`. {told}", ""]
        if (HERE / "gallery" / f"{script.stem}.png").exists():
            lines += [f"```{{image}} /gallery/{script.stem}.png", f":alt: a figure of {title}", ":class: drawn", "```"]
    return "\n".join(lines) + "\n"


def _write(file: Path, text: str) -> None:
    if not file.exists() or file.read_text() != text:  # what has not changed is not read again
        file.write_text(text)


def _texts(folder: Path, pattern: str) -> dict[str, str]:
    return {str(path.relative_to(folder.parent)): path.read_text() for path in sorted(folder.rglob(pattern))}


def _thing(name: str) -> object:
    package, attribute = name.split(".")
    return getattr({"dmft": dmft, "validation": validation}[package], attribute)


def _group_page(group: str, names: list[str]) -> str:
    title, text = GROUPS[group]
    lines = [title, "=" * len(title), "", text.replace("`", "``"), "", ".. list-table::", "   :widths: 35 65", ""]
    for name in names:
        first = (inspect.getdoc(_thing(name)) or "").split("\n\n")[0].replace("\n", " ")
        first = re.sub(r"([*|_\\])", r"\\\1", first).replace("`", "")
        lines += [f"   * - :doc:`{name} <{name}>`", f"     - {first}"]
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {name}" for name in names)]
    return "\n".join(lines) + "\n"


def _name_page(name: str, tests: dict[str, str], guide: dict[str, str]) -> str:
    thing = _thing(name)
    kind = "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
    lines = [name, "=" * len(name), "", f".. {kind}:: {name}"]
    if kind == "autoclass":
        lines.append("   :members:")
    used = re.compile(rf"\b{re.escape(name)}\b")
    explained = [path for path, text in guide.items() if used.search(text)]
    if explained:
        lines += ["", ".. rubric:: Equations and examples", ""]
        lines += [f"- :doc:`/{path.removesuffix('.md')}`" for path in explained[:_MOST_TESTS]]
    held = sorted(
        (path for path, text in tests.items() if used.search(text)), key=lambda p: -len(used.findall(tests[p]))
    )
    if held:
        lines += ["", ".. rubric:: Tests", "", *(f"- ``{path}``" for path in held[:_MOST_TESTS])]
        if len(held) > _MOST_TESTS:
            lines.append(f"- and {len(held) - _MOST_TESTS} more")
    return "\n".join(lines) + "\n"
