"""Single frames of a folder: transparent ones, and kinds of samples that are no picture's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from flowstyle.core.errors import VideoError
from flowstyle.media import open_writer, probe, read_frames
from tests.helpers.media import picture

import av  # isort: skip - after cv2


def transparent(index: int, level: int = 100) -> np.ndarray:
    return np.dstack([picture(index), np.full((48, 64), level, np.uint8)])


@pytest.mark.parametrize("which", [0, 2])
def test_fault_some_pictures_of_a_row_are_transparent(tmp_path: Path, which: int):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(4):
        Image.fromarray(transparent(k) if k == which else picture(k)).save(folder / f"{k}.png")
    info = probe(folder)
    assert info.has_alpha
    with open_writer(tmp_path / "out.mov", info, codec="prores") as writer:
        for frame in read_frames(info, keep_alpha=True):
            writer.write(frame)
    with av.open(str(tmp_path / "out.mov")) as container:
        found = [frame.to_ndarray(format="rgba")[..., 3].mean() for frame in container.decode()]
    for k, level in enumerate(found):
        assert abs(level - (100 if k == which else 255)) < 2


def test_the_black_of_printing_inks_is_no_alpha(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(picture(0)).convert("CMYK").save(folder / "1.tif")
    info = probe(folder)
    assert not info.has_alpha
    (frame,) = read_frames(info, keep_alpha=True)
    assert frame.alpha is None
    assert np.abs(frame.image.astype(int) - picture(0)).max() <= 2


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_fault_samples_of_32_bits(tmp_path: Path, kind: type, capfd: pytest.CaptureFixture[str]):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(picture(0)[..., 0].astype(kind)).save(folder / "1.tif")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    with pytest.raises(VideoError) as caught:
        probe(folder)
    assert "32 bits" in caught.value.advice
    assert capfd.readouterr().err == ""
