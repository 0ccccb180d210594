"""Pictures and frames that a kind of file cannot hold are refused with what can."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import OutputError
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import largest, open_writer
from flowstyle.media.carried import Carried
from flowstyle.media.largest import check_frame_size, check_picture_size
from flowstyle.media.pictures import write_picture
from flowstyle.pipeline import stylize_video
from flowstyle.settings import load_settings
from tests.helpers.media import write_pictures

WIDE = (16400, 16)


@pytest.mark.parametrize(
    ("name", "codec", "most", "advice"),
    [
        ("o.webp", None, (16383, 16383), "%06d.png, or give a smaller --width"),
        ("o.gif", None, (65535, 65535), "%06d.png, or give a smaller --width"),
        ("out/%04d.webp", None, (16383, 16383), "use .png"),
        ("out/%04d.JPG", None, (65500, 65500), "use .png"),
        ("o.mp4", None, (16384, 16384), "--codec hevc or vp9 or give a smaller --width"),
        ("o.webm", "av1", (16384, 8704), "--codec vp9 or"),
        ("o.mkv", "vp9", (65535, 65535), "--codec ffv1 or"),
        ("o.mov", "prores", (65535, 65535), "%06d.png"),
    ],
)
def test_the_largest_frame_is_taken_and_a_larger_one_is_not(
    name: str,
    codec: str | None,
    most: tuple[int, int],
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By what is known of them alone: other builds of an encoder may take less."""
    monkeypatch.setattr(largest, "_tried", lambda *_: "")
    for size in ((most[0], 16), (16, most[1])):
        check_frame_size(Path(name), size, codec=codec)
    for size in ((most[0] + 2, 16), (16, most[1] + 2)):
        with pytest.raises(OutputError) as found:
            check_frame_size(Path(name), size, codec=codec)
        assert found.value.exit_code == 12
        assert f"{size[0]}×{size[1]}" in found.value.what
        assert advice in found.value.advice


@pytest.mark.parametrize("name", ["out", "out/%04d.png", "out/%d.tif", "o.nut"])
def test_others_have_no_such_limit(name: str) -> None:
    check_frame_size(Path(name), (70000, 16))


def test_an_encoder_is_tried_where_its_limits_may_be_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other builds of an encoder have others: here that of H.264 is not known, and says so."""
    monkeypatch.setitem(largest.CODECS, "h264", replace(largest.CODECS["h264"], largest=None))
    with pytest.raises(OutputError, match="the encoder refuses them"):
        check_frame_size(Path("o.mp4"), WIDE)


def test_a_picture_that_its_file_cannot_hold(tmp_path: Path) -> None:
    """Pillow's ValueError became a traceback, after the painting."""
    for name, longest in {"a.webp": 16383, "a.jpg": 65500, "a.jpeg": 65500}.items():
        check_picture_size(Path(name), (16, longest))
        with pytest.raises(OutputError, match=f"{longest} pixels at most") as found:
            write_picture(tmp_path / name, np.zeros((longest + 1, 16, 3), np.uint8))
        assert found.value.advice == "use .png or give a smaller --width"
    assert not list(tmp_path.iterdir())
    write_picture(tmp_path / "a.png", np.zeros((16384, 16, 3), np.uint8))


@pytest.mark.parametrize("name", ["o.webp", "out/%d.webp", "o.mp4"])
def test_writers_refuse_it_with_the_first_frame(tmp_path: Path, name: str) -> None:
    """For those that know the size no sooner: comparisons, pictures of flow."""
    info = ClipInfo(tmp_path, *WIDE, 1, Fraction(1, 25), Fraction(25))
    image = np.zeros((WIDE[1], WIDE[0], 3), np.uint8)
    with (
        pytest.raises(OutputError, match="16400×16"),
        open_writer(tmp_path / name, info, carried=Carried()) as writer,
    ):
        writer.write(Frame(0, 0, 1, image))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["o.webp", "o.mp4", "out/%d.webp"])
def test_a_render_is_refused_before_the_work(tmp_path: Path, name: str) -> None:
    write_pictures(tmp_path / "wide", ["0.png", "1.png"], WIDE)
    write_pictures(tmp_path / "style", ["style.png"])
    with pytest.raises(OutputError, match="16400×16"):
        stylize_video(
            tmp_path / "wide",
            [tmp_path / "style" / "style.png"],
            load_settings({"features": "compact"}, preset="draft"),
            tmp_path / name,
        )
    assert {path.name for path in tmp_path.iterdir()} == {"wide", "style"}
