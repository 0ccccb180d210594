"""Files that are no pictures: each is told what it is, and what to do instead."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch

from flowstyle.core.errors import StyleImageError
from flowstyle.media.pictures import read_picture
from tests.helpers.media import write_clip


def weights() -> bytes:
    """A file as PyTorch writes it."""
    data = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, data)
    return data.getvalue()


CASES = [
    ("net.pth", weights(), "weights of a network", "flowstyle train"),
    ("net.ckpt", b"anything", "weights of a network", "--weights FILE"),
    ("page.jpg", b"<!DOCTYPE html><html>", "a web page", "browser"),
    ("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0", "a photograph in another format", "JPEG or PNG"),
    ("drawing.png", b"<svg xmlns=''/>", "a drawing or document", "PNG"),
    ("song.mp3", b"ID3\x03", "sound", "give a picture"),
    ("my.toml", b"width = 3\n", "text", "--settings"),
    ("odd.xyz", b"\x01\x02\x03", "none of JPEG", "convert it"),
]


@pytest.mark.parametrize(("name", "content", "what", "advice"), CASES, ids=[c[0] for c in CASES])
def test_a_file_that_is_no_picture_is_named(
    tmp_path: Path, name: str, content: bytes, what: str, advice: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(StyleImageError) as refused:
        read_picture(path)
    assert what in refused.value.what
    assert advice in refused.value.advice
    assert ("convert" in refused.value.advice) == (name == "odd.xyz")


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_a_video_is_known_by_its_bytes(tmp_path: Path, suffix: str) -> None:
    clip = write_clip(tmp_path / f"clip.{suffix}", count=2)
    renamed = clip.rename(tmp_path / "style.png")
    with pytest.raises(StyleImageError, match="a video") as refused:
        read_picture(renamed)
    assert f"ffmpeg -i {renamed}" in refused.value.advice
