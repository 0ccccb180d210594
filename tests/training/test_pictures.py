"""What a network is trained on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Event, Notice, ignore
from flowstyle.training.crops import Crops
from flowstyle.training.leaves import falling_leaves
from flowstyle.training.pictures import SHORTER_SIDE, training_pictures
from tests.helpers.media import picture, write_clip


def test_leaves_have_all_scales_and_their_seed_decides() -> None:
    one = falling_leaves(256, 4)
    assert one.shape == (256, 256, 3)
    assert np.array_equal(one, falling_leaves(256, 4))
    assert not np.array_equal(one, falling_leaves(256, 5))
    grey = one.mean(2) / 255
    # Photographs keep their contrast when they are made smaller, noise loses it.
    contrasts = [
        cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).std() for side in (256, 64, 16)
    ]
    assert contrasts[0] > 0.08
    assert contrasts[2] > 0.4 * contrasts[0]


def test_crops_are_square_and_their_seed_decides() -> None:
    pictures = [np.full((200, 300, 3), value, np.uint8) for value in (40, 200)]
    batch = Crops(pictures, 150, 1).batch(3)
    assert batch.shape == (3, 3, 150, 150)
    assert float(batch.min()) >= 0
    assert float(batch.max()) <= 1
    assert batch.equal(Crops(pictures, 150, 1).batch(3))
    # Each is of one picture, and nothing is added but light.
    assert all(float(crop.std()) < 1e-6 for crop in batch)


def test_a_folder_with_small_large_and_broken_files(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    cv2.imwrite(str(tmp_path / "more" / "large.png"), picture(0, (1200, 700)))
    cv2.imwrite(str(tmp_path / "fits.jpg"), picture(1, (300, 250)))
    cv2.imwrite(str(tmp_path / "small.png"), picture(2, (100, 300)))
    (tmp_path / "broken.png").write_bytes(b"nothing")
    (tmp_path / "words.txt").write_text("not a picture")
    told: list[Event] = []
    found = training_pictures(tmp_path, 0, told.append)
    assert sorted(one.shape[:2] for one in found) == [(250, 300), (SHORTER_SIDE, 823)]
    notices = [event.text for event in told if isinstance(event, Notice)]
    assert len(notices) == 1
    assert notices[0].startswith(f"left out: {tmp_path / 'broken.png'}, the file is none of")
    assert "what to do" not in notices[0]  # a note has one line
    taken = [event.text for event in told if isinstance(event, Decision)]
    assert taken == [f"2 of {tmp_path}; 1 smaller than 192×192 left out"]


def test_the_frames_of_a_clip(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", pictures=[picture(i, (256, 200)) for i in range(5)])
    assert [one.shape for one in training_pictures(clip, 0, ignore)] == [(200, 256, 3)] * 5


def test_a_place_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture"):
        training_pictures(tmp_path, 0, ignore)


def test_drawn_pictures_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowstyle.training.pictures.DRAWN", 2)
    found = training_pictures(None, 7, ignore)
    assert [one.shape for one in found] == [(SHORTER_SIDE, SHORTER_SIDE, 3)] * 2
    assert not np.array_equal(*found)
