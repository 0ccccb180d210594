"""Outputs are judged before any work starts."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from flowstyle.core.errors import OutputError, StorageError, UsageError
from flowstyle.media import check_output
from flowstyle.media.encoders import CODECS, codec_for, encoder_options
from flowstyle.media.output import folder_of, is_pictures, partial_name, publish, work_folder


@pytest.mark.parametrize(
    "name",
    ["o.mp4", "o.MOV", "o.mkv", "o.webm", "o.gif", "o.webp", "o%03d.mp4", "new/%04d.png", "new"],
)
def test_good_outputs_pass_and_leave_no_trace(tmp_path: Path, name: str):
    check_output(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="no devices among the files")
def test_a_device_is_no_output():
    with pytest.raises(OutputError, match="device, which holds no result"):
        check_output(Path(os.devnull))


@pytest.mark.parametrize("name", ["o.txt", "o.exr", "o.mp5", "%04d.exr"])
def test_unknown_suffix(tmp_path: Path, name: str):
    with pytest.raises(OutputError, match="not written"):
        check_output(tmp_path / name)


@pytest.mark.parametrize("name", [".mp4", ".GIF", ".png"])
def test_a_name_that_is_nothing_but_an_ending(tmp_path: Path, name: str):
    """As of "$NAME.mp4" where NAME is not set: no hidden folder of pictures."""
    with pytest.raises(OutputError, match="nothing but an ending"):
        check_output(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("o.mp4", "prores"), ("o.webm", "h264"), ("o.mov", "vp9")],
)
def test_codec_that_does_not_go_into_the_container(tmp_path: Path, name: str, codec: str):
    with pytest.raises(OutputError, match=r"does not go into[\s\S]*let the name end in"):
        check_output(tmp_path / name, codec=codec)


def test_fault_output_folder_missing(tmp_path: Path):
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "no" / "o.mp4")


def test_fault_output_folder_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also root is refused by a read-only mount, so the refusal itself is simulated."""

    def refuse(**_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(OutputError, match="Read-only file system") as caught:
        check_output(tmp_path / "o.mp4")
    assert caught.value.exit_code == 12


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_fault_output_folder_without_permission(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write"):
        check_output(tmp_path / "o.mp4")


def test_fault_disk_full_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As of a tmpfs without inodes, on which not even an empty file has room."""

    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(StorageError, match=r"disk is full[\s\S]*make room") as caught:
        check_output(tmp_path / "o.mp4")
    assert caught.value.exit_code == 15


def test_fault_output_exists(tmp_path: Path):
    path = tmp_path / "o.mp4"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists"):
        check_output(path)
    check_output(path, overwrite=True)
    assert path.read_bytes() == b"old"
    (tmp_path / "pics").mkdir()
    check_output(tmp_path / "pics" / "%d.png")
    (tmp_path / "pics" / "1.png").write_bytes(b"old")
    with pytest.raises(OutputError, match="exists"):
        check_output(tmp_path / "pics" / "%d.png")


def test_output_that_is_a_folder(tmp_path: Path):
    (tmp_path / "o.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path / "o.mp4", overwrite=True)


@pytest.mark.parametrize("name", ["%04d.png", ".", "", "..", "../.", "/", "/%04d.png", "/proc"])
def test_folder_that_cannot_be_exchanged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="folder of their own"):
        check_output(Path(name), overwrite=True)


def test_current_folder_through_a_link_and_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (tmp_path / "link").symlink_to(here)
    for name in ("../here", "../link/%d.png"):
        with pytest.raises(OutputError, match="folder of their own"):
            check_output(Path(name), overwrite=True)


def test_pictures_in_a_folder_below_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    check_output(Path("out/%04d.png"))
    assert work_folder(Path("out/%04d.png")) == tmp_path / "out.flowstyle"
    assert work_folder(Path("o.mp4")) == tmp_path / "o.mp4.flowstyle"
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OutputError, match="not a folder"):
        check_output(Path("file"), overwrite=True)


@pytest.mark.parametrize("name", ["%d_%d.png", "%04d%%d.png", "%021d.png", "%0000099999999d.png"])
def test_pattern_of_one_short_counter(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="one counter") as caught:
        check_output(tmp_path / "out" / name)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("o.mp4", {"pixel_format": "bogus"}, "h264 cannot be written as 'bogus'"),
        ("o.mov", {"codec": "prores", "pixel_format": "yuv420p"}, "prores cannot be"),
        ("o.mp4", {"quality": -5}, r"no quality -5[\s\S]*0, the best, to 51"),
        ("o.mp4", {"quality": 1000}, "no quality 1000"),
        ("o.mp4", {"codec": "hevc", "quality": 52}, "to 51"),
        ("o.mp4", {"codec": "av1", "quality": 64}, "to 63"),
        ("o.webm", {"quality": 64}, "to 63"),
        ("o.mkv", {"codec": "ffv1", "quality": 1}, "has no quality setting"),
    ],
)
def test_encoder_settings_are_checked_before_any_work(
    tmp_path: Path, name: str, options: dict[str, Any], message: str
):
    with pytest.raises(UsageError, match=message) as caught:
        check_output(tmp_path / name, **options)
    assert caught.value.exit_code == 2
    assert caught.value.advice


@pytest.mark.parametrize("name", ["pics", "pics/%04d.png"])
@pytest.mark.parametrize("other", ["thesis.txt", "1.jpg", "2.png/inside"])
def test_folder_with_other_files_is_refused_before_any_work(tmp_path: Path, name: str, other: str):
    pictures = tmp_path / "pics"
    pictures.mkdir()
    (pictures / "1.png").write_bytes(b"old")
    check_output(tmp_path / name, overwrite=True)
    (pictures / other).parent.mkdir(exist_ok=True)
    (pictures / other).write_bytes(b"precious")
    with pytest.raises(OutputError, match="other files"):
        check_output(tmp_path / name, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("output", "source"),
    [
        ("clip.mp4", "clip.mp4"),
        ("pics/../clip.mp4", "clip.mp4"),
        ("link.mp4", "clip.mp4"),
        ("clip.mp4", "link.mp4"),
        ("hard.mp4", "clip.mp4"),
        ("pics", "pics"),
        ("pics", "pics/%d.png"),
        ("pics/%04d.png", "pics/%d.png"),
        ("pics/%04d.png", "pics/1.png"),
        ("pics_link", "pics"),
    ],
)
def test_output_that_is_an_input_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, source: str, overwrite: bool
):
    monkeypatch.chdir(tmp_path)
    Path("clip.mp4").write_bytes(b"clip")
    Path("link.mp4").symlink_to("clip.mp4")
    Path("hard.mp4").hardlink_to("clip.mp4")
    Path("pics").mkdir()
    Path("pics/1.png").write_bytes(b"picture")
    Path("pics_link").symlink_to("pics")
    sources = [Path("style.png"), Path(source)]
    with pytest.raises(OutputError, match="what is read") as caught:
        check_output(Path(output), overwrite=overwrite, sources=sources)
    assert caught.value.exit_code == 12
    for fine in ("new.mp4", "pics/new.mp4", "new/%d.png", "pics/new/%d.png", "pics2"):
        Path(fine).parent.mkdir(exist_ok=True)
        check_output(Path(fine), overwrite=True, sources=sources)


LONG = 300 * "x"


@pytest.mark.parametrize(
    "name",
    [
        f"{LONG}.mp4",
        f"{245 * 'x'}.mp4",  # its work folder's name is ten bytes longer
        f"{123 * 'ä'}.mp4",  # bytes count, not letters
        LONG,
        250 * "x",
        f"out/{LONG}%04d.png",
        f"{LONG}/o.mp4",
        f"{LONG}/%04d.png",
    ],
)
def test_fault_name_too_long(tmp_path: Path, name: str):
    with pytest.raises(OutputError, match=r"too long[\s\S]*what to do"):
        check_output(tmp_path / name)


def test_fault_long_name_that_just_fits(tmp_path: Path):
    check_output(tmp_path / f"{241 * 'x'}.mp4")
    check_output(tmp_path / "out" / f"{200 * 'x'}%04d.png")


def test_fault_link_that_leads_nowhere(tmp_path: Path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for name in ("loop", "loop/%04d.png"):
        with pytest.raises(OutputError, match="not a folder"):
            check_output(tmp_path / name)
    with pytest.raises(OutputError, match="symbolic links"):
        check_output(loop / "o.mp4")
    file = tmp_path / "loop.mp4"
    file.symlink_to("other.mp4")
    (tmp_path / "other.mp4").symlink_to(file)
    with pytest.raises(OutputError, match=r"leads back to itself[\s\S]*remove the link"):
        check_output(file, overwrite=True)


@pytest.mark.parametrize("there", [True, False])
def test_of_a_link_the_target_is_written(tmp_path: Path, there: bool):
    """Whoever links a result expects the file at the link's end to be the new one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    target, link = disk / "real.mp4", tmp_path / "o.mp4"
    if there:
        target.write_bytes(b"old")
    (tmp_path / "between.mp4").symlink_to("disk/real.mp4")
    link.symlink_to("between.mp4")
    check_output(link, overwrite=there)
    partial = partial_name(link)
    assert partial == disk / ".real.partial.mp4"
    partial.write_bytes(b"new")
    publish(partial, link)
    assert link.readlink() == Path("between.mp4")
    assert target.read_bytes() == b"new"
    assert [p.name for p in disk.iterdir()] == ["real.mp4"]
    assert work_folder(link) == tmp_path / "o.mp4.flowstyle"


def test_fault_link_to_what_holds_no_result(tmp_path: Path):
    (tmp_path / "null.mp4").symlink_to(os.devnull)
    with pytest.raises(OutputError, match="a device"):
        check_output(tmp_path / "null.mp4", overwrite=True)
    (tmp_path / "lost.mp4").symlink_to("nowhere/o.mp4")
    with pytest.raises(OutputError, match=r"does not exist[\s\S]*mkdir"):
        check_output(tmp_path / "lost.mp4")
    (tmp_path / "named.mp4").symlink_to("store/3f2a")
    assert partial_name(tmp_path / "named.mp4").name == ".3f2a.partial.mp4"


def test_fault_home_that_the_shell_did_not_fill_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    with pytest.raises(OutputError, match=r"shell leaves ~ as it is.*/me/x") as refused:
        check_output(Path("~/x/o.mp4"))
    assert "mkdir" not in str(refused.value)


def test_codec_follows_the_suffix():
    names = {".mp4": "h264", ".mov": "h264", ".mkv": "h264", ".webm": "vp9", ".nut": "ffv1"}
    for suffix, codec in names.items():
        assert codec_for(Path(f"o{suffix}"), None) == codec
    with pytest.raises(UsageError, match="unknown codec"):
        codec_for(Path("o.mp4"), "mpeg1")


def test_quality_replaces_the_default():
    assert encoder_options("h264", 30, "yuv420p")["crf"] == "30"
    assert encoder_options("h264", None, "yuv420p")["crf"] == CODECS["h264"].quality[1]
    assert encoder_options("prores", None, "yuva444p10le")["profile"] == "4"


def test_pictures_and_their_folder(tmp_path: Path):
    assert is_pictures(tmp_path / "%04d.png")
    assert is_pictures(tmp_path / "frames")
    assert not is_pictures(tmp_path / "a%04d.mp4")
    assert folder_of(tmp_path / "out" / "%04d.png") == tmp_path / "out"
    assert folder_of(tmp_path / "out") == tmp_path / "out"


def test_publish_replaces_in_one_step(tmp_path: Path):
    path = tmp_path / "o.mp4"
    path.write_bytes(b"old")
    partial = partial_name(path)
    assert partial.name == ".o.partial.mp4"
    partial.write_bytes(b"new")
    publish(partial, path)
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["o.mp4"]
