"""Compiled functions, kept between processes for as long as nothing that they are made of has changed.

Numba keeps machine code by the source of the function's own module. What is compiled into it from other modules, their
functions and their constants, may change unseen; here the stamp is of the sources of all modules that are imported on
the way.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

_IMPORTED = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)  # at the top: compiled code sees nothing else


def compiled(**options: Any) -> Callable[[F], F]:
    """Return a decorator that compiles a function when it is first called, by `numba.njit` with these options.

    The code is kept on disk. It is compiled anew if the module of the function, or a module that this one imports from
    its own package or from dmft, and so on, has other text than when it was compiled.
    """

    def decorated(function: F) -> F:
        made: Any = numba.njit(cache=True, **options)(function)
        if made is not function:  # as it is under NUMBA_DISABLE_JIT
            made._cache._cache_file._source_stamp = _stamp(function.__module__)
        return cast(F, made)

    return decorated


def compiled_text(text: str, name: str, **options: Any) -> Callable[..., Any]:
    """Return a function that a text defines, compiled when it is first called, by `numba.njit` with these options.

    The text must be one that this package has printed: it is executed. Its machine code is kept on disk under the
    digest of the text and of the modules that it imports from; where no folder can be written, for this process only.

    Parameters
    ----------
    text : a module, with its imports at the top.
    name : of the function in it.
    """
    own = [name for name in _IMPORTED.findall(text) if name.partition(".")[0] == __package__]
    digest = hashlib.sha256("".join([text, *map(_stamp, own)]).encode()).hexdigest()
    path = _folder() / f"dmft_{digest[:32]}.py"
    kept = _written(path, text)
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(text, str(path), "exec"), module.__dict__)  # the text, not what a file of that name may hold
    sys.modules[module.__name__] = module  # where numba looks for what it has kept
    function = getattr(module, name)
    made: Any = numba.njit(cache=kept, **options)(function)
    if kept and made is not function:
        made._cache._cache_file._source_stamp = digest
    return cast(Callable[..., Any], made)


def _folder() -> Path:
    config: Any = numba.config
    return Path(config.CACHE_DIR or Path.home() / ".cache" / "dmft") / "units"


def _written(path: Path, text: str) -> bool:
    """Whether the text is kept in a file, which is where numba keeps code beside."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}.tmp")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)
        return True
    except OSError:
        return False


@cache
def _stamp(module: str) -> str:
    """Return a digest of the sources of a module and of all that it imports; the imports have run when it is asked."""
    packages = {module.partition(".")[0], __package__}
    texts: dict[str, str] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        source = getattr(sys.modules.get(name), "__file__", None)
        if source is not None and name not in texts and name.partition(".")[0] in packages:
            texts[name] = Path(source).read_text(encoding="utf-8")
            todo += _IMPORTED.findall(texts[name])
    return hashlib.sha256("".join(texts[name] for name in sorted(texts)).encode()).hexdigest()
