"""Animations: speed, equal frames, one frame, complete or not at all."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import StorageError
from flowstyle.core.events import Event
from flowstyle.core.types import Frame
from tests.helpers.media import picture
from tests.media.test_writer import INFO, frames, psnr, read_picture_frames, write


def test_gif_and_webp_play_at_the_right_speed(tmp_path: Path):
    from PIL import Image

    info = replace(INFO, time_base=Fraction(1, 1000), rate=Fraction(30))
    stamps = [0, 33, 67, 100, 233, 267]
    what = [
        Frame(k, pts, 33 if k == 5 else stamps[k + 1] - pts, picture(k))
        for k, pts in enumerate(stamps)
    ]
    for name, exact in (("o.gif", 10), ("o.webp", 1)):
        path = write(tmp_path / name, info, what)
        with Image.open(path) as image:
            assert image.n_frames == 6
            assert image.info["loop"] == 0
            starts, at = [], 0
            for k in range(6):
                image.seek(k)
                image.load()
                starts.append(at)
                at += image.info["duration"]
                if name == "o.webp":
                    assert psnr(np.asarray(image.convert("RGB")), picture(k)) > 28
        np.testing.assert_allclose([*starts, at], [*stamps, 300], atol=exact / 2 + 1e-9)


def test_static_gif_keeps_its_length(tmp_path: Path):
    path = write(tmp_path / "o.gif", what=[Frame(k, k, 1, picture(0)) for k in range(5)])
    from PIL import Image

    with Image.open(path) as image:
        total = 0
        for k in range(image.n_frames):
            image.seek(k)
            total += image.info["duration"]
    assert total == 200


@pytest.mark.parametrize("name", ["o.gif", "o.webp"])
def test_animation_of_one_frame(tmp_path: Path, name: str):
    seen: list[Event] = []
    path = write(tmp_path / name, what=frames(1), report=seen.append)
    assert psnr(next(read_picture_frames(path)), picture(0)) > 20
    assert seen == []


@pytest.mark.parametrize("name", ["o.gif", "o.webp"])
def test_equal_frames_are_shown_longer_and_said(tmp_path: Path, name: str):
    still, other = picture(0), picture(9)
    seen: list[Event] = []
    what = [Frame(k, k, 1, other if k == 3 else still) for k in range(6)]
    path = write(tmp_path / name, what=what, report=seen.append)
    assert len(list(read_picture_frames(path))) == 3
    assert "3 frames equal to the one before" in seen[0].text
    write(tmp_path / f"same_{name}", what=[replace(f, image=still) for f in what])
    assert len(list(read_picture_frames(tmp_path / f"same_{name}"))) == 1


def test_still_webp_of_a_static_clip_is_said(tmp_path: Path):
    seen: list[Event] = []
    what = [Frame(k, k, 1, picture(0)) for k in range(5)]
    write(tmp_path / "o.webp", what=what, report=seen.append)
    assert "still picture" in seen[0].text


def test_animation_that_lost_frames_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from PIL import Image

    original = Image.Image.save
    monkeypatch.setattr(
        Image.Image, "save", lambda self, path, **kw: original(self, path, **(kw | {"duration": 7}))
    )
    with pytest.raises(StorageError, match=r"lasts 42 ms instead of[\s\S]*what to do"):
        write(tmp_path / "o.webp")
    assert list(tmp_path.iterdir()) == []
