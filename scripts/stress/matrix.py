"""The fault matrix, read from ``tests/faults/matrix.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.paths import ROOT

MATRIX = ROOT / "tests" / "faults" / "matrix.toml"


@dataclass(frozen=True)
class Guard:
    """A piece of ``flowstyle`` that makes a row true: ``new`` in place of ``old`` removes it."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Row:
    """A fault, what happens, the tests (``file::name`` below ``tests``), and the guard."""

    fault: str
    behaviour: str
    tests: tuple[str, ...]
    guard: Guard | None = None


def read_matrix(path: Path = MATRIX) -> dict[str, list[Row]]:
    """Rows by section, in the order of the file.

    Raises:
        KeyError, TypeError: an entry lacks a key or has an unknown one.
    """
    sections = tomllib.loads(path.read_text(encoding="utf-8"))["section"]
    return {section["name"]: [_row(**entry) for entry in section["row"]] for section in sections}


def _row(
    *, fault: str, behaviour: str, tests: list[str], guard: dict[str, Any] | None = None
) -> Row:
    return Row(fault, behaviour, tuple(tests), None if guard is None else Guard(**guard))
