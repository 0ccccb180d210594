"""What all tests share: real files from ../shared where they are, and quiet, repeatable torch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import flowstyle

os.environ["FLOWSTYLE_CONFIG"] = os.devnull + "/none"  # no defaults of whoever runs the tests
flowstyle.set_up()  # before any test imports torch, which reads what this sets

SHARED = Path(__file__).parents[1] / ".." / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked ``shared`` or ``gpu`` where what they need is missing, and say so."""
    missing = pytest.mark.skip(reason="needs ../shared (real clips, styles, weights)")
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(missing)
        if item.get_closest_marker("gpu"):
            import torch

            if not torch.cuda.is_available():
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips, styles and weights."""
    return SHARED
