"""Clips are opened with the PyAV that is installed, and with the one that comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowstyle.core.errors import VideoError
from flowstyle.core.events import Event, Notice
from flowstyle.media.extras import Extras, keepable
from flowstyle.media.opening import open_clip
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.track_names import lost_names
from tests.helpers.media import write_clip


def test_tag_in_another_encoding_is_no_reason_to_refuse_a_clip(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"L\xf6vf"))  # Latin-1, as of old
    assert probe(path).metadata["ENCODER"].startswith("L\ufffdvf")


@pytest.mark.parametrize(("version", "asked"), [("18.1.0", True), ("19.0.2", False)])
def test_option_that_pyav_19_refuses_is_not_given_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, asked: bool
) -> None:
    """Neither for a clip nor for the small files that tell what a format keeps."""
    from flowstyle.media.pyav import av, tag_options

    real: Any = av.open
    there = av.__version__
    reads: list[dict[str, Any]] = []

    def noted(file: Any, mode: str = "r", **options: Any) -> Any:
        if mode == "r":
            reads.append(options)
        with monkeypatch.context() as installed:  # which may be either
            installed.setattr(av, "__version__", there)
            options = {k: v for k, v in options.items() if k != "metadata_errors"}
            return real(file, mode, **options, **tag_options())

    monkeypatch.setattr(av, "__version__", version)
    monkeypatch.setattr(av, "open", noted)
    open_clip(write_clip(tmp_path / "a.mkv")).close()
    assert keepable(Extras(tags={"title": "a"}), ".mkv") == (Extras(tags={"title": "a"}), [])
    track = SideTrack(1, "audio", "aac", language="eng", title=f"as of PyAV {version}")
    lost_names([track], ".mp4")
    assert len(reads) == 3
    assert all(("metadata_errors" in options) is asked for options in reads)


def test_fault_address_of_a_file_of_this_machine(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a b.mp4")
    with pytest.raises(VideoError, match=f"give the path alone: {clip}"):
        probe(Path(clip.as_uri()))


def test_fault_encrypted_clip(tmp_path: Path) -> None:
    """Common encryption renames the sample entry and hides the samples."""
    from flowstyle.media.pyav import av

    keys = {"encryption_key": "76a6c65c5ea762046bd749a2e632ccbb", "encryption_kid": "a7" * 16}
    options = {"encryption_scheme": "cenc-aes-ctr", **keys}
    clip, hidden = write_clip(tmp_path / "a.mp4"), tmp_path / "hidden.mp4"
    with av.open(str(clip)) as source, av.open(str(hidden), "w", options=options) as target:
        stream = source.streams.video[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.size:
                packet.stream = copied
                target.mux(packet)
    with pytest.raises(VideoError, match="the video is encrypted"):
        probe(hidden)
    data = hidden.read_bytes()
    hidden.write_bytes(data.replace(b"frma", b"free"))  # nor is it told what the samples were
    with pytest.raises(VideoError, match="the video is encrypted"):
        probe(hidden)


def test_an_edit_list_that_leaves_nothing_is_left_aside(tmp_path: Path) -> None:
    """Edits of no length: google/ExoPlayer#1102, mpv-player/mpv#17456.

    Where the picture begins, here after two frames for B-frames, counts all the same.
    """
    whole = write_clip(tmp_path / "whole.mp4", options={"bf": "2"}, audio="aac")
    data = bytearray(whole.read_bytes())
    first = data.index(b"elst")  # of the picture's track
    length = slice(first + 12, first + 16)
    assert int.from_bytes(data[length], "big") == 480  # milliseconds
    data[length] = bytes(4)
    path = tmp_path / "none.mp4"
    path.write_bytes(data)
    events: list[Event] = []
    info, known = probe(path, report=events.append), probe(whole)
    assert [each.text for each in events if isinstance(each, Notice)] == [
        "its edit list would leave nothing of the clip: all of it is read"
    ]
    assert (info.frames, info.start_pts, info.duration_pts) == (12, 0, known.duration_pts)
    for ours, right in zip(read_frames(info), read_frames(known), strict=True):
        assert (ours.pts, ours.duration) == (right.pts, right.duration)
        assert (ours.image == right.image).all()
