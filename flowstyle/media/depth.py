"""What a result loses of its clip's bits and chroma, and the options that keep them.

The usual codec, H.264 with 8 bits and 4:2:0, plays everywhere; a clip of 10 bits or 4:4:4 is more
than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.media.containers import MUXERS
from flowstyle.media.encoders import CODECS, codec_for, known_formats, pixel_format_for

_MORE = ("hevc", "av1", "vp9", "ffv1")
"""Codecs for more than 8 bits, first those that most players show."""

_USUAL = 8


def tell_depth(
    info: ClipInfo, path: Path, codec: str | None, pixel_format: str | None, report: Report
) -> None:
    """Say that bits or chroma are lost, where an option would keep them.

    Args:
        info: the clip.
        path: the result, already checked.
        codec: asked for, or None.
        pixel_format: asked for, or None; who asks for one knows what it holds.
        report: told so.
    """
    suffix = path.suffix.lower()
    if suffix not in MUXERS or pixel_format is not None:
        return
    chosen, depth = codec_for(path, codec), info.bit_depth
    written = pixel_format_for(chosen, None, info, deep=depth > _USUAL, alpha=False)
    whole = not info.is_folder and is_whole(info.pixel_format)
    lost = []
    if depth > _bits(written) == _USUAL:
        lost.append(f"{depth} bits become {_USUAL}")
    if whole and _halves_chroma(written):
        lost.append("4:4:4 becomes 4:2:0")
    if not lost:
        return
    keeps = "keeps both" if len(lost) == 2 else "keeps it"
    for option, other in _choices(chosen, suffix, depth, whole=whole):
        if _bits(other) >= depth and not (whole and _halves_chroma(other)):
            report(Notice(f"{', '.join(lost)} ({chosen} as {written}): {option} {keeps}"))
            return
    for option, other in _choices(chosen, suffix, depth, whole=whole):
        if _bits(other) > _bits(written):
            report(Notice(f"{lost[0]} ({chosen} as {written}): {option} keeps {_bits(other)}"))
            return


def is_whole(pixel_format: str) -> bool:
    """Whether a format has colour differences (no RGB), one of each for every pixel.

    Args:
        pixel_format: FFmpeg's name, or "".
    """
    from flowstyle.media.pyav import av

    if not pixel_format:
        return False
    known = av.VideoFormat(pixel_format, 8, 8)
    colours = sum(not part.is_alpha for part in known.components)
    return not known.is_rgb and colours == 3 and known.chroma_width() == known.chroma_height() == 8


def _halves_chroma(pixel_format: str) -> bool:
    """Whether colour is kept for every other row only: 4:2:0."""
    from flowstyle.media.pyav import av

    known = av.VideoFormat(pixel_format, 8, 8)
    return not known.is_rgb and known.chroma_height() < 8


def _bits(pixel_format: str) -> int:
    from flowstyle.media.pyav import av

    return int(av.VideoFormat(pixel_format, 8, 8).components[0].bits)


def _choices(chosen: str, suffix: str, depth: int, *, whole: bool) -> Iterator[tuple[str, str]]:
    """Options that this build and container take, with the pixel formats that they write."""
    own = f"yuv{'444' if whole else '420'}p" + (f"{depth}le" if depth > _USUAL else "")
    for codec in dict.fromkeys((chosen, *_MORE)):
        if suffix not in CODECS[codec].suffixes or (codec == "h264" and depth > _USUAL):
            continue  # few players show H.264 of 10 bits
        known = known_formats(codec)
        asked = [] if codec == chosen else [f"--codec {codec}"]
        usual = CODECS[codec].formats[depth > _USUAL]
        if asked and usual in known:
            yield asked[0], usual
        if own in known:
            yield " ".join([*asked, f"--pix-fmt {own}"]), own
