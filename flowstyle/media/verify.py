"""Reads a written clip back: is every frame there, at its time?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from flowstyle.core.errors import FlowstyleError, StorageError
from flowstyle.media.decode import decode
from flowstyle.media.probe import probe

# Matroska and WebM keep whole milliseconds.
_TOLERANCE = Fraction(1, 1000)


def verify_clip(path: Path, expected_frames: int, times: Sequence[Fraction] | None = None) -> None:
    """Decode a written clip and compare.

    Args:
        path: the clip.
        expected_frames: number of frames that it must hold.
        times: the time of each frame in seconds, or None to compare the number only.

    Raises:
        StorageError: it cannot be decoded, or holds other frames.
    """
    try:
        info = probe(path)
        found = [item.pts for item in decode(info) if not item.damage]
    except FlowstyleError as error:
        raise StorageError(
            f"the written clip cannot be read back: {error.what}", path, "check the disk"
        ) from error
    if len(found) != expected_frames:
        raise StorageError(
            f"the written clip holds {len(found)} frames instead of {expected_frames}",
            path,
            "check the disk and run the same command again",
        )
    for number, (pts, time) in enumerate(zip(found, times or (), strict=False)):
        # The file's own time: read as a clip, one in which nothing begins at 0 does.
        if pts is None or abs(pts * info.time_base + info.clock.origin - time) > _TOLERANCE:
            raise StorageError(
                f"frame {number} of the written clip is not at {float(time):.3f} s",
                path,
                "write to an .mp4 or .mov file",
            )
