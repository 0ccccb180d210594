"""The fault matrix names tests and guards that exist, and the README shows it as it is."""

from __future__ import annotations

from itertools import chain

import pytest

from scripts.common.paths import ROOT
from scripts.stress.fault_matrix import with_table
from scripts.stress.matrix import Row, read_matrix

ROWS = list(chain.from_iterable(read_matrix().values()))


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
    assert text == with_table(text), "run scripts/stress/fault_matrix.py --write"
