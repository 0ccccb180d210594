"""MPEG-4 Part 2 of old films and phones: packets without a picture, and packets with two."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import VideoError
from flowstyle.media import probe, read_frames
from tests.helpers.media import write_clip
from tests.helpers.numbered import number_in, numbered

import av  # isort: skip - after cv2

SIZE = (100, 64)
EMPTY = b"\x00\x00\x01\xb6\x50\x5f"
"""A picture that is not coded: 01 its kind, 0 and 1, five bits of time, 1, 0 for "not coded"."""


def film(folder: Path, b_frames: int, count: int) -> tuple[Path, list[bytes]]:
    """A clip of numbered pictures, and its packets in the order of decoding."""
    path = write_clip(
        folder / "film.avi",
        pictures=[numbered(k, SIZE) for k in range(count)],
        codec="mpeg4",
        options={"bf": str(b_frames), "qscale": "3"},
    )
    with av.open(str(path)) as container:
        return path, [bytes(packet) for packet in container.demux(video=0) if packet.size]


def write(path: Path, like: Path, packets: Sequence[bytes]) -> Path:
    """Packets in a container, one every 1/25 s."""
    with av.open(str(like)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.pts = packet.dts = number
            packet.time_base, packet.duration = Fraction(1, 25), 1
            packet.is_keyframe = number == 0
            packet.stream = stream
            new.mux(packet)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mov", ".3gp", ".ts"])
def test_a_packet_that_says_as_before_is_no_damage(tmp_path: Path, suffix: str):
    """clsid2/mpc-hc#2029: the picture before is shown for longer, as FFmpeg has it."""
    like, packets = film(tmp_path, 0, 12)
    for number in (4, 5, 9):
        packets[number] = EMPTY
    path = write(tmp_path / f"c{suffix}", like, packets)
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    info = probe(path)
    frames = list(read_frames(info))
    assert len(frames) == info.frames == len(times) == 9
    found = [float(frame.pts * info.time_base) for frame in frames]
    np.testing.assert_allclose(found, np.array(times) - times[0], atol=0.002)
    assert [number_in(frame.image) for frame in frames][:4] == [0, 1, 2, 3]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_packets_of_two_pictures(tmp_path: Path, suffix: str):
    """clsid2/mpc-hc#2029: AVI of DivX and Xvid, also copied into MKV: every frame, in order."""
    like, packets = film(tmp_path, 1, 11)
    at = packets[0].index(b"\x00\x00\x01\xb6")
    first = packets[0][:at] + b"\x00\x00\x01\xb2DivX503b1393p" + packets[0][at:]
    pairs = zip(packets[1::2], packets[2::2], strict=True)
    packed = [first, *(data for two in pairs for data in (b"".join(two), EMPTY))]
    info = probe(write(tmp_path / f"c{suffix}", like, packed))
    frames = list(read_frames(info))
    assert [number_in(frame.image) for frame in frames] == list(range(11))
    assert info.frames == 11
    times = [float(frame.pts * info.time_base) for frame in frames]
    np.testing.assert_allclose(times, np.arange(11) / 25, atol=0.002)


def test_fault_a_packet_of_such_a_film_that_is_damaged(tmp_path: Path):
    like, packets = film(tmp_path, 0, 12)
    packets[4] = EMPTY
    packets[8] = bytes(len(packets[8]))
    path = write(tmp_path / "c.mkv", like, packets)
    with pytest.raises(VideoError, match="a packet is damaged"):
        list(read_frames(probe(path)))
