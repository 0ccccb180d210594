"""The largest pictures that a kind of file can hold: asked as soon as their size is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flowstyle.core.errors import OutputError
from flowstyle.media.encoders import ANIMATIONS, CODECS, codec_for, encoder_options
from flowstyle.media.output import is_pictures, picture_name

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

LONGEST = {".webp": 16383, ".gif": 65535, ".jpg": 65500, ".jpeg": 65500}
"""Pixels of the longest side, by a picture's or animation's suffix; others have no such limit."""

_NOT_TRIED = 4096
"""Pixels of a side up to which every encoder takes pictures."""

_SMALLER = "give a smaller --width"
_AS_PICTURES = "write pictures, -o OUT/%06d.png,"


def check_picture_size(path: Path, size: tuple[int, int]) -> None:
    """Refuse a picture that is larger than its kind of file can hold.

    Args:
        path: its suffix counts.
        size: (width, height).

    Raises:
        OutputError: it cannot be written; says what can.
    """
    _check_longest(path, path.suffix, size, f"use .png or {_SMALLER}")


def check_frame_size(
    path: Path, size: tuple[int, int], codec: str | None = None, pixel_format: str | None = None
) -> None:
    """Refuse frames that are larger than the output can hold.

    Args:
        path: a video, an animation, a folder or a pattern, already checked.
        size: (width, height) in which they are written.
        codec: the codec asked for, None for the suffix's usual one.
        pixel_format: the one asked for, None for the codec's usual one.

    Raises:
        OutputError: they cannot be written; says what can.
    """
    if is_pictures(path):
        _check_longest(path, Path(picture_name(path)).suffix, size, f"use .png or {_SMALLER}")
    elif path.suffix.lower() in ANIMATIONS:
        _check_longest(path, path.suffix, size, f"{_AS_PICTURES} or {_SMALLER}")
    else:
        chosen = codec_for(path, codec)
        why = _why_not_encoded(chosen, size, pixel_format)
        if why:
            what = f"{chosen} does not take frames of {size[0]}×{size[1]}: {why}"
            raise OutputError(what, path, _what_holds(path, chosen, size))


def _check_longest(path: Path, suffix: str, size: tuple[int, int], advice: str) -> None:
    """Refuse what :data:`LONGEST` does not allow.

    Args:
        path: the output.
        suffix: of its pictures.
        size: (width, height).
        advice: what to do.
    """
    longest = LONGEST.get(suffix.lower())
    if longest is not None and max(size) > longest:
        raise OutputError(
            f"{size[0]}×{size[1]} is too large for a file ending in {suffix!r}, whose sides have "
            f"{longest} pixels at most",
            path,
            advice,
        )


def _why_not_encoded(codec: str, size: tuple[int, int], pixel_format: str | None) -> str:
    """Why an encoder does not take frames of a size, "" where it does: known, or tried."""
    choice = CODECS[codec]
    if choice.largest is not None and any(
        side > most for side, most in zip(size, choice.largest, strict=True)
    ):
        return f"it takes {choice.largest[0]}×{choice.largest[1]} at most"
    if max(size) <= _NOT_TRIED:
        return ""
    return _tried(codec, size, pixel_format or choice.formats[0])


def _tried(codec: str, size: tuple[int, int], pixel_format: str) -> str:
    """What this build of an encoder says when it is opened for frames of a size, "" for nothing."""
    from flowstyle.media.pyav import av

    choice = CODECS[codec]
    width, height = (side + side % 2 if choice.even else side for side in size)
    context = cast("VideoCodecContext", av.CodecContext.create(choice.encoder, "w"))
    context.width, context.height, context.pix_fmt = width, height, pixel_format
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = encoder_options(codec, None, pixel_format)
    try:
        context.open()
    except av.error.FFmpegError as error:
        return f"the encoder refuses them ({(error.strerror or str(error)).lower()})"
    return ""


def _what_holds(path: Path, codec: str, size: tuple[int, int]) -> str:
    """What to do: other codecs that go into the file, or pictures, or fewer pixels."""
    suffix = path.suffix.lower()
    others = [
        name
        for name, choice in CODECS.items()
        if name != codec and suffix in choice.suffixes and not _why_not_encoded(name, size, None)
    ]
    use = f"--codec {' or '.join(others)}" if others else _AS_PICTURES
    return f"{use} or {_SMALLER}"
