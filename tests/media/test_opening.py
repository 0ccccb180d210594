"""Clips are opened with the PyAV that is installed, and with the one that comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowstyle.media.opening import open_clip
from tests.helpers.media import write_clip


def test_tag_in_another_encoding_is_no_reason_to_refuse_a_clip(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"L\xf6vf"))  # Latin-1, as of old
    with open_clip(path) as clip:
        assert clip.metadata["ENCODER"].startswith("L\ufffdvf")


@pytest.mark.parametrize(("version", "asked"), [("18.1.0", True), ("19.0.0rc1", False)])
def test_option_that_pyav_19_refuses_is_not_given_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, asked: bool
) -> None:
    from flowstyle.media.pyav import av

    real, given = av.open, {}

    def noted(*args: Any, **options: Any) -> Any:
        given.update(options)
        return real(*args, **options)

    monkeypatch.setattr(av, "__version__", version)
    monkeypatch.setattr(av, "open", noted)
    open_clip(write_clip(tmp_path / "a.mkv")).close()
    assert ("metadata_errors" in given) is asked
