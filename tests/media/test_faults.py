"""The fault matrix's rows for reading: the exact error, or the exact repair."""

from __future__ import annotations

import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import FlowstyleError, LimitError, VideoError
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import probe, read_frames
from flowstyle.media.truncation import is_shorter_than_declared
from tests.helpers.media import (
    copy_stream,
    damage,
    declare_dolby_vision,
    declare_size,
    picture,
    truncate,
    write_audio,
    write_clip,
    write_empty,
    write_pictures,
)

FASTSTART = {"movflags": "+faststart"}


def read(path: Path, **options) -> tuple[ClipInfo, list[Frame]]:
    info = probe(path)
    return info, list(read_frames(info, **options))


def refusal(path: Path, kind: type[FlowstyleError] = VideoError, **options) -> str:
    with pytest.raises(kind) as caught:
        read(path, **options)
    error = caught.value
    assert error.what
    assert error.where
    assert error.advice
    return str(error)


@pytest.mark.parametrize("name", ["c.mp4", "c.mkv"])
@pytest.mark.parametrize("number", [0, 9, 23])
def test_fault_corrupt_packets(tmp_path: Path, name: str, number: int):
    whole = write_clip(tmp_path / name, count=24, options={"bframes": "0"})
    path = damage(whole, number, tmp_path / f"bad_{name}")
    assert f"frame {number}, at {number / 25:.3f} s" in refusal(path)
    info, frames = read(path, on_corrupt="repeat")
    assert [f.index for f in frames if f.repeated] == [number]
    assert [f.pts for f in frames] == [f.pts for f in read(whole)[1]]
    assert info.frames == 24
    neighbour = frames[number - 1 if number else 1]
    np.testing.assert_array_equal(frames[number].image, neighbour.image)


@pytest.mark.parametrize("codec", ["libx265", "libvpx-vp9", "libsvtav1", "mpeg4", "mjpeg"])
def test_fault_erased_packet_of_other_codecs_loses_no_frame_silently(tmp_path: Path, codec: str):
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    whole = write_clip(tmp_path / "c.mp4", count=24, codec=codec, pixel_format=pixel_format)
    path = damage(whole, 9, tmp_path / "bad.mp4", erase=True)
    refusal(path)
    frames = read(path, on_corrupt="repeat")[1]
    assert [f.index for f in frames] == list(range(24))
    assert any(f.repeated for f in frames)


def test_damage_outside_the_frames_wanted_does_not_matter(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mp4", count=24, gop=6)
    path = damage(whole, 15, tmp_path / "bad.mp4")
    assert len(read(path, count=12)[1]) == 12
    assert [f.index for f in read(path, start=20)[1]] == [20, 21, 22, 23]


def test_fault_truncated_mp4_without_index(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mp4")
    assert "moov" in refusal(truncate(whole, 0.6, tmp_path / "cut.mp4"))


@pytest.mark.parametrize(
    ("name", "options", "kept"),
    [("c.mp4", FASTSTART, 0.8), ("c.mkv", {}, 0.7), ("c.mkv", {}, 0.93)],
)
def test_fault_truncated_clip_is_noticed_before_any_frame(
    tmp_path: Path, name: str, options: dict[str, str], kept: float
):
    whole = write_clip(tmp_path / name, count=50, container_options=options)
    path = truncate(whole, kept, tmp_path / f"cut_{name}")
    info = probe(path)
    with pytest.raises(VideoError, match=r"ends early[\s\S]*frame \d+, at"):
        next(read_frames(info))
    frames = list(read_frames(info, on_corrupt="repeat"))
    assert len(frames) == 50
    lost = [f.index for f in frames if f.repeated]
    assert lost == list(range(lost[0], 50))
    assert 2 <= len(lost) <= 20
    assert len(list(read_frames(info, count=10))) == 10


def test_fault_clip_of_which_most_is_missing(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mp4", count=50, container_options=FASTSTART)
    path = truncate(whole, 0.35, tmp_path / "cut.mp4")
    assert "ends early" in refusal(path, on_corrupt="repeat")


ORDERED = {"preset": "fast", "bframes": "4"}


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.45, 0.7, 0.9])
@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("c.mp4", {"container_options": FASTSTART}),
        ("c.mp4", {"container_options": FASTSTART, "options": ORDERED}),
        ("c.mkv", {}),
        ("c.mkv", {"options": ORDERED}),
        ("c.mkv", {"interlaced": True}),
        ("c.flv", {"codec": "flv1"}),
    ],
)
def test_advice_for_a_clip_cut_short_works(
    tmp_path: Path, name: str, more: dict, start: int, kept: float
):
    whole = write_clip(tmp_path / name, count=50, **more)
    path = truncate(whole, kept, tmp_path / f"cut_{name}")
    said = refusal(path, start=start)
    wanted = read(whole, start=start)[1]
    if found := re.search(r"--frames (\d+)", said):
        count = int(found[1])
        assert count > 0
        frames = read(path, start=start, count=count)[1]
        assert [f.pts for f in frames] == [f.pts for f in wanted[:count]]
    else:
        assert kept < 0.5
    # Filling the rest is offered only where it is done.
    if "--on-corrupt repeat" in said:
        assert read(path, start=start, on_corrupt="repeat")[1]
    else:
        refusal(path, start=start, on_corrupt="repeat")


def test_matroska_that_lost_only_its_index_is_whole(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mkv", count=50)
    assert not is_shorter_than_declared(whole)
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole.read_bytes()[:-4])
    assert is_shorter_than_declared(path)
    assert len(read(path)[1]) == 50


@pytest.mark.parametrize("content", [b"", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x00", b"x" * 50])
def test_length_of_what_is_no_matroska(tmp_path: Path, content: bytes):
    path = tmp_path / "x.mkv"
    path.write_bytes(content)
    assert not is_shorter_than_declared(path)


def test_fragmented_mp4_reads_whole(tmp_path: Path):
    options = {"movflags": "+frag_keyframe+empty_moov"}
    assert len(read(write_clip(tmp_path / "f.mp4", count=50, container_options=options))[1]) == 50


def test_fault_missing_file_and_folder(tmp_path: Path):
    assert "does not exist" in refusal(tmp_path / "none.mp4")
    assert "does not exist" in refusal(tmp_path / "none.png")
    assert "no pictures" in refusal(tmp_path)
    assert "no pictures" in refusal(tmp_path / "%04d.png")


def test_fault_not_a_regular_file():
    assert "not a file" in refusal(Path("/dev/null"))


def test_fault_audio_only_and_no_frames(tmp_path: Path):
    assert "no video" in refusal(write_audio(tmp_path / "a.m4a"))
    assert "no video" in refusal(write_empty(tmp_path / "e.mp4"))
    assert "no frames" in refusal(write_empty(tmp_path / "e.mkv"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is text\n" * 99, "not a video"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\x00" * 5000, "not a video"),
        (bytes(range(256)) * 50, "not a video"),
    ],
)
def test_fault_not_a_video(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    assert reason in refusal(path)


def test_fault_playlists_named_mp4_are_not_followed(tmp_path: Path):
    secret = write_clip(tmp_path / "secret.mp4")
    playlists = {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{secret.name}'\n",
        "dash": '<?xml version="1.0"?><MPD><Period/></MPD>',
    }
    for name, text in playlists.items():
        path = tmp_path / f"{name}.mp4"
        path.write_text(text)
        assert "it is a playlist" in refusal(path)  # the word alone is in the folder's name


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/a.mp4",
        "https://example.invalid/a.mp4",
        "rtmp://127.0.0.1/x",
        "concat:a.mp4|b.mp4",
        "file:/etc/hostname",
        "pipe:0",
        "data:video/mp4;base64,AAAA",
    ],
)
def test_fault_addresses_and_protocols(address: str):
    assert "not opened" in refusal(Path(address))


def test_fault_subfile_protocol_is_a_missing_file():
    assert "does not exist" in refusal(Path("subfile,,start,0,end,9,,:x.mp4"))


@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4",
        "ünï ✓.mp4",
        "new\nline.mp4",
        "clip%03d.mp4",
        "a:b.mp4",
        "http:x.mp4",
        "-dash.mp4",
        "quote'\".mp4",
        "[brackets]{}*.mp4",
    ],
)
def test_fault_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    plain = write_clip(tmp_path / "plain.mp4", count=2)
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(plain.read_bytes())
    assert len(read(Path(name))[1]) == 2


def test_fault_resolution_bomb(tmp_path: Path):
    path = write_clip(tmp_path / "c.mp4", count=1)
    with pytest.raises(LimitError, match="64×48"):
        probe(path, max_pixels=64 * 48 - 1)
    assert probe(path, max_pixels=64 * 48).frames == 1


def test_fault_resolution_bomb_behind_a_small_declaration(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mp4", count=1, size=(256, 128))
    path = declare_size(whole, (16, 16), tmp_path / "lie.mp4")
    with pytest.raises(FlowstyleError) as caught:
        probe(path, max_pixels=5000)
    assert caught.value.exit_code in (10, 19)


def test_fault_resolution_bomb_as_a_picture(tmp_path: Path):
    folder = write_pictures(tmp_path / "p", ["a.png"])
    with pytest.raises(LimitError):
        probe(folder, max_pixels=1000)


@pytest.mark.parametrize(("transfer", "curve"), [(16, "PQ"), (18, "HLG")])
def test_fault_hdr(tmp_path: Path, transfer: int, curve: str):
    path = write_clip(
        tmp_path / "hdr.mp4",
        count=2,
        codec="libx265",
        pixel_format="yuv420p10le",
        tags=(9, transfer, 9, 1),
    )
    text = refusal(path)
    assert curve in text
    assert "tonemap" in text


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_fault_hdr_that_only_the_pictures_tell(tmp_path: Path, suffix: str):
    """cdgriffith/FastFlix#135, rigaya/NVEnc#272: the header names BT.2020, each picture HLG."""
    path = write_clip(
        tmp_path / f"atc{suffix}",
        count=2,
        codec="libx265",
        pixel_format="yuv420p10le",
        options={"x265-params": "log-level=none:atc-sei=18"},
        tags=(9, 14, 9, 1),
    )
    text = refusal(path)
    assert "HLG" in text
    assert "tonemap" in text


def test_bt2020_without_a_word_of_hdr_is_read(tmp_path: Path):
    path = write_clip(tmp_path / "wide.mp4", count=2, codec="libx265", tags=(9, 14, 9, 1))
    assert probe(path).colour.transfer == 14


def write_dolby_vision(
    folder: Path, profile: int, compatible: int, transfer: int = 2, suffix: str = ".mp4"
) -> Path:
    plain = write_clip(
        folder / f"plain{suffix}",
        count=2,
        size=(64, 64),
        codec="libsvtav1" if profile == 10 else "libx265",
        pixel_format="yuv420p10le",
        tags=(2, transfer, 2, 1),
        convert=(6, 1),
    )
    return declare_dolby_vision(plain, profile, compatible, folder / f"dolby{suffix}")


@pytest.mark.parametrize(
    ("profile", "transfer", "suffix"),
    [(5, 2, ".mp4"), (5, 16, ".mp4"), (5, 2, ".mov"), (5, 2, ".mkv"), (10, 2, ".mp4")],
)
def test_fault_dolby_vision_alone(tmp_path: Path, profile: int, transfer: int, suffix: str):
    """jellyfin/jellyfin#14002: its own colours, which the command for HDR10 does not bring back."""
    if suffix == ".mkv":
        path = copy_stream(write_dolby_vision(tmp_path, profile, 0), tmp_path / "dolby.mkv")
    else:
        path = write_dolby_vision(tmp_path, profile, 0, transfer, suffix)
    text = refusal(path)
    assert f"Dolby Vision clip of profile {profile}" in text
    assert "libplacebo" in text
    assert "zscale" not in text


@pytest.mark.parametrize(("profile", "compatible"), [(8, 2), (8, 1), (7, 6), (7, 0), (4, 2)])
def test_dolby_vision_over_another_picture_is_read_by_its_tags(
    tmp_path: Path, profile: int, compatible: int
):
    path = write_dolby_vision(tmp_path, profile, compatible, transfer=1)
    assert len(read(path)[1]) == 2


def test_fault_size_change_in_the_stream(tmp_path: Path):
    first = write_clip(tmp_path / "1.ts")
    second = write_clip(tmp_path / "2.ts", size=(96, 64))
    path = tmp_path / "both.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    text = refusal(path, on_corrupt="repeat")
    assert "64×48 to 96×64" in text
    assert "frame 12" in text
    assert "--frames 11 " in text
    assert len(read(path, count=11)[1]) == 11


@pytest.mark.parametrize("suffix", [".mp4", ".png", "%04d.png", ""])
def test_fault_name_too_long(tmp_path: Path, suffix: str):
    text = refusal(tmp_path / f"{300 * 'x'}{suffix}")
    assert "too long" in text or "no pictures" in text
    refusal(Path(f"http://{300 * 'x'}/a.mp4"))


def test_fault_link_that_leads_nowhere(tmp_path: Path):
    loop = tmp_path / "loop.mp4"
    loop.symlink_to(loop)
    assert "symbolic links" in refusal(loop)


@pytest.mark.parametrize("suffix", [".webp", ".png", ".tif"])
def test_fault_animation_named_like_a_picture(tmp_path: Path, suffix: str):
    """Its advice is followed, and gives every frame with its time."""
    from PIL import Image

    first, *others = [Image.fromarray(picture(k)) for k in range(3)]
    path = tmp_path / f"moving{suffix}"
    extra = {} if suffix == ".tif" else {"duration": [80, 40, 120]}
    first.save(path, save_all=True, append_images=others, **extra)
    text = refusal(path)
    assert "animation of 3 frames" in text
    if suffix == ".png":
        path.rename(tmp_path / "CLIP.apng")
    else:
        command = text[text.index('"') + 1 : text.rindex('"')].replace("FILE", path.name)
        subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True)
    info, found = read(tmp_path / "CLIP.apng")
    times = [frame.duration * info.time_base for frame in found]
    expected = [40, 40, 40] if suffix == ".tif" else [80, 40, 120]
    assert times == [Fraction(ms, 1000) for ms in expected]


def test_still_webp_png_and_tiff_are_clips_of_one_frame(tmp_path: Path):
    from PIL import Image

    for suffix in (".webp", ".png", ".tif", ".jpg", ".bmp"):
        Image.fromarray(picture(0)).save(tmp_path / f"still{suffix}")
        assert probe(tmp_path / f"still{suffix}").frames == 1


def test_fault_pictures_of_different_sizes(tmp_path: Path):
    folder = write_pictures(tmp_path / "p", ["a1.png", "a2.png"])
    write_pictures(folder, ["a3.png"], (32, 32))
    assert "a3.png" in refusal(folder)


def test_fault_broken_picture(tmp_path: Path):
    folder = write_pictures(tmp_path / "p", ["a1.png", "a2.png"])
    path = folder / "a2.png"
    path.write_bytes(path.read_bytes()[:60])
    assert "a2.png" in refusal(folder)
    path.write_bytes(b"")
    assert "a2.png" in refusal(folder)


def test_fault_picture_that_changes_while_running(tmp_path: Path):
    folder = write_pictures(tmp_path / "p", ["a1.png", "a2.png"])
    info = probe(folder)
    write_pictures(folder, ["a2.png"], (32, 32))
    with pytest.raises(VideoError, match="changed its size"):
        list(read_frames(info))


def test_every_prefix_of_a_clip_ends_in_an_explained_error_or_a_whole_clip(tmp_path: Path):
    """Only the project's own errors escape, wherever a file is cut."""
    for name, options in (("c.mp4", FASTSTART), ("c.mkv", {})):
        data = write_clip(tmp_path / name, count=8, container_options=options).read_bytes()
        path = tmp_path / f"cut_{name}"
        for end in range(0, len(data), max(1, len(data) // 40)):
            path.write_bytes(data[:end])
            try:
                frames = read(path)[1]
            except VideoError:
                continue
            assert len(frames) == 8


def test_random_bytes_in_a_clip_never_crash(tmp_path: Path):
    whole = write_clip(tmp_path / "c.mp4", count=8, audio="aac").read_bytes()
    path = tmp_path / "noise.mp4"
    rng = np.random.default_rng(0)
    for _ in range(40):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 30):
            data[at] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            frames = read(path, on_corrupt="repeat")[1]
        except FlowstyleError:
            continue
        stamps = [f.pts for f in frames]
        assert stamps == sorted(set(stamps))
