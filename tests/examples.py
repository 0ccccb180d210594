"""A pytest plugin: the examples in docstrings run in a folder that holds what they name."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from _pytest.doctest import DoctestItem


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``clip.mp4`` of three frames, ``styled.mp4`` of as many, ``photo.png`` and ``style.png``."""
    from tests.helpers.media import picture, write_clip

    folder = tmp_path_factory.mktemp("examples")
    for name, seed in (("clip.mp4", 0), ("styled.mp4", 3)):
        write_clip(folder / name, pictures=[picture(i, (64, 48), seed=seed) for i in range(3)])
    for name, seed in (("photo.png", 1), ("style.png", 7)):
        cv2.imwrite(str(folder / name), picture(0, (48, 40), seed=seed))
    return folder


@pytest.fixture(autouse=True)
def in_the_example_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for docstrings."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("example_folder"))
