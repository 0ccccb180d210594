"""Bits and chroma that a result loses are told, with options that keep them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from flowstyle.core.events import Event, Notice
from flowstyle.core.types import ClipInfo
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.depth import is_whole, tell_depth
from tests.helpers.media import write_clip, write_pictures


def told(info: ClipInfo, name: str, codec: str | None = None, form: str | None = None) -> str:
    said: list[Event] = []
    tell_depth(info, Path(name), codec, form, said.append)
    assert len(said) <= 1
    return said[0].text if said and isinstance(said[0], Notice) else ""


def options_of(text: str) -> dict[str, str]:
    """What a note says to give, as :func:`open_writer` takes it."""
    words = text.partition("): ")[2].split()
    names = {"--codec": "codec", "--pix-fmt": "pixel_format"}
    return {names[a]: b for a, b in pairwise(words) if a in names}


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize(
    ("codec", "pixel_format", "bits", "whole"),
    [
        ("libx265", "yuv420p10le", 10, False),
        ("libx265", "yuv422p10le", 10, False),
        ("libx265", "yuv444p10le", 10, True),
        ("libx264", "yuv444p", 8, True),
    ],
)
def test_the_options_that_are_told_keep_it(
    tmp_path: Path, suffix: str, codec: str, pixel_format: str, bits: int, whole: bool
):
    path = write_clip(
        tmp_path / "c.mkv", count=2, size=(64, 64), codec=codec, pixel_format=pixel_format
    )
    info = probe(path)
    output = tmp_path / f"o{suffix}"
    text = told(info, str(output))
    assert text
    both = "both" in text or bits == 8
    assert both or not whole or suffix == ".webm"
    with open_writer(output, info, **options_of(text)) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    written = probe(output)
    assert written.bit_depth == bits
    if both:
        assert is_whole(written.pixel_format) == whole


@pytest.mark.parametrize(
    ("form", "name", "codec", "note"),
    [
        ("yuv420p10le", "o.mp4", None, "10 bits become 8 (h264 as yuv420p): --codec hevc keeps it"),
        (
            "yuv444p12le",
            "o.mov",
            None,
            "12 bits become 8, 4:4:4 becomes 4:2:0 (h264 as yuv420p): "
            "--codec hevc --pix-fmt yuv444p12le keeps both",
        ),
        (
            "yuv444p10le",
            "o.mp4",
            "hevc",
            "4:4:4 becomes 4:2:0 (hevc as yuv420p10le): --pix-fmt yuv444p10le keeps it",
        ),
        ("yuv444p12le", "o.mov", "prores", ""),  # 4:2:2, which is what ProRes is asked for
        ("yuv420p10le", "o.m4v", None, ""),  # nothing else goes into one
    ],
)
def test_words(tmp_path: Path, form: str, name: str, codec: str | None, note: str):
    info = ClipInfo(tmp_path / "c.mkv", 64, 48, 1, Fraction(1, 25), Fraction(25))
    bits = int(form[-4:-2])
    assert told(replace(info, pixel_format=form, bit_depth=bits), name, codec) == note


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("o.mp4", "hevc", None),
        ("o.mp4", None, "yuv420p"),
        ("o.mov", "prores", None),
        ("o.nut", None, None),
        ("o.mkv", "ffv1", None),
        ("o.gif", None, None),
        ("o/%04d.png", None, None),
    ],
)
def test_no_word_where_it_is_kept_or_asked_for(
    tmp_path: Path, name: str, codec: str | None, form: str | None
):
    path = write_clip(
        tmp_path / "c.mkv", count=1, size=(64, 64), codec="libx265", pixel_format="yuv420p10le"
    )
    assert not told(probe(path), name, codec, form)


def test_no_word_of_ordinary_clips(tmp_path: Path):
    plain = probe(write_clip(tmp_path / "c.mp4", count=1))
    pictures = probe(write_pictures(tmp_path / "p", ["a.png"]))
    rgb = probe(write_clip(tmp_path / "c.mkv", count=1, codec="ffv1", pixel_format="bgr0"))
    for info in (plain, pictures, rgb):
        assert not told(info, "o.mp4")
    assert not is_whole("gray")
    assert not is_whole("")


def test_more_bits_than_any_player_shows(tmp_path: Path):
    """Frames of 16 bits: what keeps the most of them is told, with how many it keeps."""
    folder = tmp_path / "deep"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((8, 8, 3), 12345, np.uint16))
    info = probe(folder)
    assert "16 bits become 8" in told(info, "o.mp4")
    assert "--codec hevc keeps 10" in told(info, "o.mp4")
    assert "--codec ffv1 keeps it" in told(info, "o.mkv")
