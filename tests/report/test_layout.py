"""Grids, captions and conversion of pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.report import captioned, contact_sheet, grid, to_picture
from flowstyle.report.layout import BACKGROUND, caption_height


def plain(height: int, width: int, value: int) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_to_picture_rounds_and_clamps() -> None:
    image = torch.tensor([-0.5, 0.5, 2.0]).view(1, 3, 1, 1).expand(1, 3, 2, 4)
    assert to_picture(image)[1, 3].tolist() == [0, 128, 255]
    assert to_picture(torch.full((1, 1, 2, 4), 0.2)).tolist() == [[[51, 51, 51]] * 4] * 2


def test_grid_places_pictures_and_has_even_sides() -> None:
    sheet = grid([[plain(5, 7, 200), plain(5, 7, 100)], [plain(3, 7, 50)]], gap=2)
    assert sheet.shape == (2 * 5 + 3 * 2, 2 * 7 + 3 * 2, 3)
    assert (sheet[2:7, 2:9] == 200).all()
    assert (sheet[2:7, 11:18] == 100).all()
    assert (sheet[9:12, 2:9] == 50).all()
    assert (sheet[9:14, 11:18] == BACKGROUND).all()
    assert grid([[plain(5, 6, 0)]], gap=2).shape == (10, 10, 3)


def test_caption_keeps_the_picture_and_writes_something() -> None:
    picture = plain(40, 90, 200)
    got = captioned(picture, "frame 3", [("missed", (255, 60, 50))])
    strip = caption_height(40)
    assert got.shape == (40 + strip, 90, 3)
    assert (got[strip:] == 200).all()
    assert got[:strip].max() > 120  # white letters
    assert (got[:strip, :, 0].astype(int) - got[:strip, :, 2]).max() > 60  # red ones


def test_long_caption_stays_inside() -> None:
    got = captioned(plain(60, 80, 0), "a very long caption that has no room here at all")
    assert (got[: caption_height(60), -2:] == BACKGROUND).all()


def test_contact_sheet() -> None:
    sheet = contact_sheet([plain(20, 40, 255)] * 5, [str(i) for i in range(5)], columns=2, width=20)
    cell = 10 + caption_height(10)
    assert sheet.shape == (4 + 3 * (cell + 4), 4 + 2 * 24, 3)
    with pytest.raises(ValueError, match="2 captions"):
        contact_sheet([plain(2, 2, 0)], ["a", "b"])
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])
