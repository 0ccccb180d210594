"""The fault matrix names tests and guards that exist, and the README shows it as it is."""

from __future__ import annotations

import importlib.util
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.matrix import SECTIONS, Row

ROOT = Path(__file__).parents[2]
ROWS = list(chain.from_iterable(SECTIONS.values()))


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("matrix_script", ROOT / "scripts/fault_matrix.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sixty_rows():
    assert len(ROWS) >= 60
    assert len({row.fault for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_row_is_true_to_the_code(row: Row):
    assert row.tests
    for test in row.tests:
        file, name = test.split("::")
        assert f"\ndef {name}(" in (ROOT / "tests" / file).read_text(), test
    if row.guard is not None:
        assert row.guard.old in (ROOT / "flowstyle" / row.guard.file).read_text()


def test_readme_is_current():
    text = (ROOT / "tests/README.md").read_text()
    assert text == script().with_table(text), "run scripts/fault_matrix.py --write"
