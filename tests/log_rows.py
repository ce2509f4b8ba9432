"""The rows of a log while a run writes it, for tests that interrupt one."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


def finished_rows(log):
    """Return (row, key, content, checksum) in order, read from a copy: the run holds the file alone."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        try:
            for end in ("", "-wal"):
                if Path(f"{log}{end}").exists():
                    shutil.copyfile(f"{log}{end}", f"{copy}{end}")
            with closing(sqlite3.connect(copy)) as database:
                return database.execute("SELECT rowid, * FROM finished ORDER BY rowid").fetchall()
        except (OSError, sqlite3.DatabaseError):  # not begun, or copied in the middle of a write
            return []
