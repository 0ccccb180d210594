"""What is said of what a result cannot hold, and of odd names, before a render begins."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.guides.styles import StylePicture
from flowstyle.media.carried import Carried
from flowstyle.media.frame_names import remarks, row_with
from flowstyle.media.output import keeps_alpha, lost_rate


def alpha_kept(info: ClipInfo, path: Path, codec: str | None, report: Report) -> bool:
    """Whether the clip's alpha goes into the result; told where it is lost.

    Many clips with alpha are opaque. Of frames that are not decoded yet nobody knows, and so it is
    not said that anything shines through.
    """
    kept = info.has_alpha and keeps_alpha(path, codec)
    if info.has_alpha and not kept:
        report(
            Notice(
                f"{path.name} holds no alpha, which the clip has: anything transparent in it is "
                "laid on black; -o OUT.mov --codec prores keeps it"
            )
        )
    return kept


def remark_on_names(
    info: ClipInfo,
    files: Sequence[Path | None],
    pictures: Sequence[StylePicture],
    report: Report,
) -> None:
    """Say what is odd about the names of a clip's frames, and about styles that may be frames.

    Args:
        info: the clip.
        files: of the styles, None for those that come from no file.
        pictures: the styles, in the same order.
        report: told.
    """
    for remark in remarks(info.pictures):
        report(Notice(remark))
    alike = [
        file
        for file, picture in zip(files, pictures, strict=True)
        if file is not None and picture.pixels.shape[:2] == info.whole[::-1]
    ]
    if len(alike) > 1:
        names = " and names like frames" if row_with(alike[0], alike[1:]) else ""
        report(
            Notice(
                f"{len(alike)} styles have the clip's size{names} ({alike[0].name}, …): they are "
                "blended; of frames give the folder"
            )
        )


def remark_on_sound(asked: str | None, carried: Carried, report: Report) -> None:
    """Say where sound is asked for that the clip does not have."""
    if asked in ("copy", "encode") and not carried.sound:
        report(Notice(f"--audio {asked} has no effect: the clip has no sound"))


def remark_on_rate(rate: Fraction | None, path: Path, report: Report) -> None:
    """Say where the result does not hold the rate that is asked for."""
    if lost := lost_rate(rate, path):
        report(Notice(lost))
