"""Which encoder, which container and which pixel format a result gets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from flowstyle.core.errors import OutputError, UsageError
from flowstyle.core.types import ClipInfo


@dataclass(frozen=True)
class Codec:
    """One way of encoding.

    ``formats`` are the pixel formats for 8 bits, for more, for 8 bits with alpha and for more with
    alpha; "" where there is none. ``quality`` is the option that sets the quality and its default,
    ``worst`` the highest number that it takes. ``even`` says that subsampled pictures must have
    even sides. ``largest`` is the widest and the highest picture known to be taken: 16 bits hold a
    side in most of these formats, and in the files that they go into; None where nothing is known.
    """

    encoder: str
    suffixes: tuple[str, ...]
    formats: tuple[str, str, str, str]
    quality: tuple[str, str] | None = None
    worst: int = 0
    options: dict[str, str] = field(default_factory=dict)
    even: bool = False
    largest: tuple[int, int] | None = (65535, 65535)


#: The result of x264 and x265, which the PyAV wheels carry, is bound by the GPL only as software;
#: the clips are not. AV1, VP9, ProRes and FFV1 are there for those who avoid them nevertheless.
CODECS: dict[str, Codec] = {
    "h264": Codec(
        "libx264",
        (".mp4", ".mov", ".mkv", ".m4v"),
        ("yuv420p", "yuv420p", "", ""),
        ("crf", "16"),
        51,
        # With its macroblock tree x264 gave other bytes nearly every time that one process wrote
        # the same frames; without it, never. "grain" spares fine strokes: a style distance of
        # 0.053 at 130 KB became 0.047 at 202 KB, where a lower crf of that size gave 0.049.
        {"preset": "medium", "tune": "grain", "mbtree": "0"},
        even=True,
        largest=(16384, 16384),
    ),
    "hevc": Codec(
        "libx265",
        (".mp4", ".mov", ".mkv"),
        ("yuv420p", "yuv420p10le", "", ""),
        ("crf", "18"),
        51,
        # With B-frames x265 gives clips of one or two frames random decoding times.
        {"preset": "medium", "x265-params": "log-level=none:bframes=0"},
        even=True,
    ),
    "av1": Codec(
        "libsvtav1",
        (".mp4", ".mkv", ".webm"),
        ("yuv420p", "yuv420p10le", "", ""),
        ("crf", "24"),
        63,
        {"preset": "8"},
        even=True,
        largest=(16384, 8704),
    ),
    "vp9": Codec(
        "libvpx-vp9",
        (".webm", ".mkv", ".mp4"),
        ("yuv420p", "yuv420p10le", "", ""),
        ("crf", "20"),
        63,
        {"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
    ),
    "prores": Codec(
        "prores_ks",
        (".mov", ".mkv"),
        ("yuv422p10le", "yuv422p10le", "yuva444p10le", "yuva444p10le"),
        options={"vendor": "apl0"},
        even=True,
    ),
    "ffv1": Codec(
        "ffv1",
        (".mkv", ".nut"),
        ("bgr0", "gbrp16le", "bgra", "gbrap16le"),
        options={"level": "3", "slicecrc": "1"},
        largest=None,
    ),
}

#: Suffixes written by other means than a video encoder.
ANIMATIONS = (".gif", ".webp")


def codec_for(path: Path, codec: str | None) -> str:
    """Choose the codec from the output's suffix, or check the one asked for.

    Args:
        path: the output.
        codec: a key of :data:`CODECS`, or None for the suffix's usual one.

    Returns:
        A key of :data:`CODECS`.

    Raises:
        UsageError: there is no such codec.
        OutputError: the suffix is unknown, or its container does not hold the codec.
    """
    suffix = path.suffix.lower()
    if codec is None:
        codec = {".webm": "vp9", ".nut": "ffv1"}.get(suffix, "h264")
    if codec not in CODECS:
        raise UsageError(f"unknown codec {codec!r}", "--codec", f"use one of {', '.join(CODECS)}")
    if suffix not in CODECS[codec].suffixes:
        raise OutputError(
            f"{codec} does not go into a file ending in {suffix or 'nothing'!r}",
            path,
            f"let the name end in {' or '.join(CODECS[codec].suffixes)}",
        )
    return codec


def check_encoding(codec: str, pixel_format: str | None, quality: int | None) -> None:
    """Refuse settings that the encoder would refuse at its first frame.

    Args:
        codec: a key of :data:`CODECS`.
        pixel_format: FFmpeg's name of a pixel format, or None.
        quality: constant rate factor, or None.

    Raises:
        UsageError: the encoder does not take one of them.
    """
    choice = CODECS[codec]
    known = known_formats(codec)
    if pixel_format is not None and pixel_format not in known:
        raise UsageError(
            f"{codec} cannot be written as {pixel_format!r}",
            "--pix-fmt",
            f"one of {', '.join(known)}",
        )
    if quality is None:
        return
    if choice.quality is None:
        raise UsageError(f"{codec} has no quality setting", "--quality", "leave it out")
    if not 0 <= quality <= choice.worst:
        raise UsageError(
            f"{codec} has no quality {quality}",
            "--quality",
            f"give a number from 0, the best, to {choice.worst}; {choice.quality[1]} is usual",
        )


def known_formats(codec: str) -> list[str]:
    """Names of the pixel formats that this build of an encoder takes.

    Args:
        codec: a key of :data:`CODECS`.
    """
    from flowstyle.media.pyav import av

    return [f.name for f in av.Codec(CODECS[codec].encoder, "w").video_formats or ()]


def pixel_format_for(
    codec: str, wanted: str | None, info: ClipInfo, *, deep: bool, alpha: bool
) -> str:
    """Choose the pixel format.

    Args:
        codec: a key of :data:`CODECS`.
        wanted: FFmpeg's name of a pixel format, or None.
        info: the source; its depth is kept where the codec usually keeps it.
        deep: the pictures written are uint16.
        alpha: the pictures written have alpha.

    Returns:
        FFmpeg's name of the pixel format.

    Raises:
        UsageError: the encoder does not take ``wanted``.
    """
    choice = CODECS[codec]
    if wanted is not None:
        check_encoding(codec, wanted, None)
        return wanted
    known = known_formats(codec)
    more = deep and (codec == "ffv1" or info.bit_depth > 8)
    # Some builds of an encoder, for instance libvpx's, know 8 bits only.
    names = (choice.formats[2 * alpha + more], choice.formats[int(more)], choice.formats[0])
    return next(name for name in names if name in known)


def encoder_options(codec: str, quality: int | None, pixel_format: str) -> dict[str, str]:
    """Options of the encoder.

    Args:
        codec: a key of :data:`CODECS`.
        quality: constant rate factor, lower is better; None for a visually lossless one.
        pixel_format: as chosen by :func:`pixel_format_for`.

    Returns:
        Names and values for FFmpeg.

    Raises:
        UsageError: the codec has no such setting.
    """
    check_encoding(codec, None, quality)
    choice = CODECS[codec]
    options = dict(choice.options)
    if choice.quality is not None:
        name, default = choice.quality
        options[name] = default if quality is None else str(quality)
    if codec == "prores":
        options["profile"] = "4" if "444" in pixel_format else "3"
    if codec == "av1":
        # SVT-AV1 writes its settings to stderr unless this is set before it starts.
        os.environ.setdefault("SVT_LOG", "1")
    return options
