"""Frames reached by jumping are those that reading from the start gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowstyle.media.glance import Listing, frames_at, key_frames, list_frames
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from tests.helpers.media import picture, write_clip, write_pictures

SIZE = (64, 48)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames, a key frame every twelfth, B-frames between."""
    frames = [picture(i, SIZE) for i in range(40)]
    path = tmp_path_factory.mktemp("clip") / "a.mp4"
    return write_clip(path, pictures=frames, options={"bf": "2", "sc_threshold": "0"}, gop=12)


def test_the_listing_tells_sizes_and_key_frames(clip: Path) -> None:
    listing = list_frames(probe(clip))
    assert listing is not None
    assert len(listing) == 40
    assert np.flatnonzero(listing.keys).tolist() == [0, 12, 24, 36]
    assert listing.tells_motion
    assert listing.sizes[0] > listing.sizes[1] > 0


@pytest.mark.parametrize("start", [0, 5, 12, 23, 38, 39])
def test_jumping_gives_the_frames_of_reading(clip: Path, start: int) -> None:
    info = probe(clip)
    found = frames_at(info, list_frames(info), start, 2, (32, 24))
    known = list(read_frames(info, start=start, count=2, size=(32, 24)))
    assert [frame.index for frame in found] == [frame.index for frame in known]
    assert [frame.pts for frame in found] == [frame.pts for frame in known]
    for one, other in zip(found, known, strict=True):
        assert np.array_equal(one.image, other.image)


def test_a_file_without_an_index_is_listed_from_its_packets(tmp_path: Path) -> None:
    frames = [picture(i, SIZE) for i in range(10)]
    path = write_clip(tmp_path / "a.mkv", pictures=frames)
    info = probe(path)
    listing = list_frames(info)
    assert listing is not None
    assert len(listing) == 10
    last = frames_at(info, listing, 9, 1, SIZE)[0]
    assert np.array_equal(last.image, list(read_frames(info, size=SIZE))[9].image)


def test_pictures_are_read_without_a_listing(tmp_path: Path) -> None:
    info = probe(write_pictures(tmp_path / "p", [f"{i}.png" for i in range(5)], SIZE))
    assert list_frames(info) is None
    assert [frame.index for frame in frames_at(info, None, 3, 4, SIZE)] == [3, 4]


def test_a_listing_that_promises_too_much_gives_the_last_frame(clip: Path) -> None:
    info, listing = probe(clip), list_frames(probe(clip))
    assert listing is not None
    more = Listing(
        np.append(listing.sizes, 9), np.append(listing.keys, False), np.append(listing.times, 10**9)
    )
    found = frames_at(info, more, 40, 2, SIZE)
    assert len(found) == 1
    assert np.array_equal(found[0].image, list(read_frames(info, size=SIZE))[-1].image)


def test_key_frames_are_decoded_by_themselves(clip: Path) -> None:
    info, listing = probe(clip), list_frames(probe(clip))
    assert listing is not None
    known = list(read_frames(info, size=SIZE))
    found = list(key_frames(info, listing, [0, 24, 36], SIZE))
    assert len(found) == 3
    for image, place in zip(found, (0, 24, 36), strict=True):
        assert np.array_equal(image, known[place].image)
