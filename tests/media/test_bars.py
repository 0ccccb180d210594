"""Black bars are told from nights, titles and subtitles; cut off and put back they are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flowstyle.core.types import ClipInfo, fitted
from flowstyle.media import bars, glance
from flowstyle.media.bars import cut_out, find_bars, place, with_bars, without_bars
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from tests.helpers.media import picture, write_clip

import av  # isort: skip - after cv2

Frames = list[NDArray[np.uint8]]
WIDTH, HEIGHT = 128, 96


def barred(count: int = 8, *, above: int = 14, below: int = 14, beside: int = 0) -> Frames:
    """Frames of a picture between bars."""
    size = (WIDTH - 2 * beside, HEIGHT - above - below)
    margins = ((above, below), (beside, beside), (0, 0))
    return [np.pad(np.maximum(picture(i, size), 40), margins) for i in range(count)]


def written(folder: Path, frames: Frames) -> ClipInfo:
    folder.mkdir()
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{index:03d}.png"), frame[..., ::-1])
    return probe(folder)


def with_text(frames: Frames, *, every: int, row: int = HEIGHT - 9) -> Frames:
    for frame in frames[::every]:
        frame[row : row + 4, 44:84:3] = 235
    return frames


@pytest.mark.parametrize(
    ("frames", "bars"),
    [
        (barred(), (0, 0, 14, 14)),
        (barred(above=12, below=14), (0, 0, 12, 14)),
        (barred(above=0, below=0, beside=16), (16, 16, 0, 0)),
        (barred(above=10, below=10, beside=12), (12, 12, 10, 10)),
        ([np.maximum(frame, 16) for frame in barred()], (0, 0, 14, 14)),
        (with_text(barred(), every=3), (0, 0, 14, 14)),
        ([np.zeros((HEIGHT, WIDTH, 3), np.uint8), *barred()], (0, 0, 14, 14)),
        ([frame // 5 for frame in barred(7)] + barred(1), (0, 0, 14, 14)),
    ],
    ids=["above and below", "uneven", "beside", "all round", "grey", "subtitles", "black first",
         "dark scenes"],
)  # fmt: skip
def test_bars_are_found(tmp_path: Path, frames: Frames, bars: tuple[int, ...]) -> None:
    assert find_bars(written(tmp_path / "p", frames)) == bars


@pytest.mark.parametrize("lines", [1, 5])
def test_a_codec_that_sullies_the_border_now_and_then(tmp_path: Path, lines: int) -> None:
    """All bars were given up for one line of one frame."""
    frames = barred(6)
    frames[2][14 - lines : 14, 20:60:2] = 22
    assert find_bars(written(tmp_path / "p", frames)) == (0, 0, 14 - lines, 14)
    frames[2][2:14, 20:60:2] = 22
    assert find_bars(written(tmp_path / "q", frames)) == (0, 0, 0, 0)


def title() -> Frames:
    frames = [np.zeros((HEIGHT, WIDTH, 3), np.uint8) for _ in range(4)]
    for frame in frames:
        frame[40:56, 30:98:4] = 255
    return frames


def night() -> Frames:
    """Black above and below but for the last frames, in which the sky lights up."""
    frames = barred()
    for frame in frames[6:]:
        frame[:14] = 90
    return frames


@pytest.mark.parametrize(
    "frames",
    [
        barred(above=0, below=0),
        barred(above=14, below=0),
        barred(above=20, below=8),
        barred(above=1, below=1),
        title(),
        night(),
        [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 4,
    ],
    ids=["none", "one side", "unlike", "a line", "a title", "a night", "all black"],
)
def test_what_is_no_bar(tmp_path: Path, frames: Frames) -> None:
    assert find_bars(written(tmp_path / "p", frames)) == (0, 0, 0, 0)


@pytest.mark.parametrize("gop", [4, 100])
def test_bars_of_a_coded_clip(tmp_path: Path, gop: int) -> None:
    path = write_clip(tmp_path / "a.mp4", pictures=barred(24), gop=gop)
    soft = (0, 0, 13, 13)  # the codec's ringing is left to the picture
    assert find_bars(probe(path)) == soft
    other = write_clip(tmp_path / "b.mp4", pictures=barred(12) + barred(12, above=0, below=0))
    assert find_bars(probe(other)) == (0, 0, 0, 0)
    assert find_bars(probe(other), 0, 12) == soft


def test_a_clip_of_one_key_frame_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look decoded from the key frame on: three times all frames for six looks."""
    frames = barred(40)
    frames[30][:] = 90  # a look of six in forty passed it over
    frames[30:35] = [frames[30]] * 5
    info = probe(write_clip(tmp_path / "a.mp4", pictures=frames, gop=100))
    decoded: list[int] = []
    real = glance._decoded_from

    def counted(*args: object) -> Iterator[object]:
        for item in real(*args):  # type: ignore[arg-type]
            decoded.append(1)
            yield item

    monkeypatch.setattr(glance, "_decoded_from", counted)
    assert find_bars(info, 0, 28) == (0, 0, 13, 13)
    assert len(decoded) <= 28 + 8
    assert find_bars(info) == (0, 0, 0, 0)


def test_a_piece_far_into_a_file_without_an_index_is_jumped_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the listing ended before it, all before the piece was decoded."""
    info = probe(write_clip(tmp_path / "a.mkv", pictures=barred(24), gop=4))
    real = glance.list_frames
    short = real(info, 0)
    assert short is not None
    assert len(short) == 1
    monkeypatch.setattr(bars, "list_frames", lambda info, seconds=0: real(info, seconds))
    monkeypatch.setattr(bars, "read_frames", None)
    assert find_bars(info, 12, 12) == (0, 0, 13, 13)


def test_frames_without_bars_are_cut_from_whole_ones(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", pictures=barred(3))
    info = probe(path)
    cut = without_bars(info, (2, 4, 14, 12))
    assert (cut.width, cut.height, cut.whole) == (122, 70, (128, 96))
    assert with_bars(cut) == info
    for whole, part in zip(read_frames(info), read_frames(cut), strict=True):
        assert np.array_equal(part.image, whole.image[14:84, 2:124])
        around = place(cut, None, (122, 70))
        assert around is not None
        one = cut_out(whole, around, (122, 70))
        assert np.array_equal(one.image, part.image)
        assert one.around is not None
        assert one.around[around.window((122, 70))].max() == 0
        one.around[around.window((122, 70))] = one.image
        assert np.array_equal(one.around, whole.image)


@settings(deadline=None)
@given(
    st.integers(64, 4000), st.integers(64, 4000), st.floats(0.01, 0.35), st.floats(0.01, 0.35),
    st.one_of(st.none(), st.integers(32, 2000).map(lambda half: 2 * half)),
)  # fmt: skip
def test_the_picture_lies_within_the_frame(
    width: int, height: int, beside: float, above: float, wanted: int | None
) -> None:
    info = ClipInfo(Path("a.mp4"), width, height, 2, Fraction(1, 25), Fraction(25))
    bars = (int(beside * width),) * 2 + (int(above * height),) * 2
    cut = without_bars(info, bars)
    size = fitted(cut, wanted)
    around = place(cut, wanted, size)
    assert (around is None) == (not any(bars))
    if around is None:
        return
    assert around.size == fitted(info, wanted)
    rows, columns = around.window(size)
    assert rows.start >= 0
    assert columns.start >= 0
    assert rows.stop <= around.size[1]
    assert columns.stop <= around.size[0]
    assert abs(columns.start - bars[0] * around.size[0] / width) <= 2.01
    assert abs(rows.start - bars[2] * around.size[1] / height) <= 2.01


@pytest.mark.parametrize("bars", [(0, 0, 13, 13), (9, 8, 0, 0), (7, 7, 11, 12)])
def test_bars_of_odd_widths_are_where_they_are(bars: tuple[int, int, int, int]) -> None:
    """They lay a line too high, with one of the picture left over below."""
    info = ClipInfo(Path("a.mp4"), WIDTH, HEIGHT, 2, Fraction(1, 25), Fraction(25))
    cut = without_bars(info, bars)
    for width in (None, WIDTH):
        around = place(cut, width, fitted(cut, width))
        assert around is not None
        assert (around.size, around.x, around.y) == ((WIDTH, HEIGHT), bars[0], bars[2])


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_fault_bars_of_a_clip_that_was_cut_short(tmp_path: Path, share: float) -> None:
    """Its index names key frames that are not there."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "4", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in barred(40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert find_bars(probe(path)) == (0, 0, 13, 13)


def test_a_clip_without_bars_has_no_place_around_it() -> None:
    info = ClipInfo(Path("a.mp4"), 64, 48, 2, Fraction(1, 25), Fraction(25))
    assert place(info, 32, (32, 24)) is None
    assert replace(info).whole == (64, 48)
