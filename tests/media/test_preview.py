"""The preview plays at any moment."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np

from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import probe, read_frames
from flowstyle.media.preview import PreviewWriter
from tests.helpers.media import picture

INFO = ClipInfo(Path("none"), 65, 48, 6, Fraction(1, 25), Fraction(25))


def test_every_frame_can_be_played_as_soon_as_it_is_written(tmp_path: Path):
    path, copy = tmp_path / "preview.mp4", tmp_path / "now.mp4"
    with PreviewWriter(path, INFO) as writer:
        for k in range(6):
            writer.write(Frame(k, 40 + k, 1, picture(k, (65, 48))))
            shutil.copy(path, copy)
            # The last frame may wait for the next one, whose time says how long it is.
            shown = len(list(read_frames(probe(copy)))) if k else 0
            assert shown >= k
    info = probe(path)
    frames = list(read_frames(info))
    assert [f.pts * info.time_base for f in frames] == [Fraction(k, 25) for k in range(6)]
    error = frames[3].image[:, :65].astype(float) - picture(3, (65, 48))
    assert np.sqrt(np.mean(error**2)) < 12


def test_an_error_keeps_what_is_there(tmp_path: Path):
    path = tmp_path / "preview.mp4"
    writer = PreviewWriter(path, INFO)
    for k in range(3):
        writer.write(Frame(k, k, 1, picture(k)))
    writer.__exit__(KeyboardInterrupt)
    assert len(list(read_frames(probe(path)))) == 3
