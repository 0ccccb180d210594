"""Which of a file's video streams is the clip.

Cover art, thumbnails and single pictures are not. Of those left the one that the file calls its
default is taken, else the largest; a number given by the user goes before all that.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flowstyle.core.errors import UsageError, VideoError
from flowstyle.media.opening import open_clip, refuse_encrypted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

_STILL = {"mjpeg", "png", "apng", "bmp", "webp", "gif", "tiff", "jpegls", "jpeg2000"}
"""Codecs of single pictures, which also make moving ones."""

_LOOK_AT = 50
"""Packets of other streams after which a stream that had one is taken for a single picture."""


def video_stream(container: InputContainer, path: Path, index: int | None = None) -> VideoStream:
    """Find the stream with the moving picture.

    Args:
        container: an open clip; its packets are left alone.
        path: its path.
        index: of a stream in the file; None chooses.

    Returns:
        The stream, for which there is a decoder.

    Raises:
        VideoError: there is no moving picture, or no decoder for it.
        UsageError: there is no video stream of that number.
    """
    streams = [s for s in container.streams.video if s.codec_context is not None]
    if index is not None:
        for stream in streams:
            if stream.index == index:
                return stream
        raise _no_such(container, path, index)
    moving = [s for s in streams if not _is_attached(s)]
    if moving:
        return _best(moving, path)
    if any(not _is_attached(s) for s in container.streams.video):
        refuse_encrypted(path)
        raise VideoError(
            "there is no decoder for this video",
            path,
            "convert it first: ffmpeg -i CLIP -c:v libx264 -crf 12 -c:a copy CLIP.mp4",
        )
    what = "the file has sound but no video" if container.streams.audio else "no video in file"
    raise VideoError(what, path, "give a clip that has a picture")


def describe_streams(container: InputContainer) -> tuple[str, ...]:
    """All moving pictures of a file, each as "index (width×height codec)".

    Args:
        container: an open clip.
    """
    return tuple(_describe(s) for s in container.streams.video if not _is_attached(s))


def told_streams(index: int, streams: Sequence[str]) -> str:
    """Which of several moving pictures is read, and how another is asked for.

    Args:
        index: of the stream that is read.
        streams: all of them, from :func:`describe_streams`.

    Example:
        >>> told_streams(0, ("0 (64×48 h264)", "2 (32×32 h264)"))
        'number 0 (64×48 h264), one of 2 pictures; --stream 2 takes the other (32×32 h264)'
        >>> told_streams(0, ("0 (9×9 h264)", "1 (8×8 h264)", "3 (7×7 h264)"))
        'number 0 (9×9 h264), one of 3 pictures; --stream takes another: 1 (8×8 h264), 3 (7×7 h264)'
    """
    read = [one for one in streams if one.partition(" ")[0] == str(index)]
    others = [one for one in streams if one not in read]
    this = f"number {next(iter(read), index)}, one of {len(read) + len(others)} pictures"
    if len(others) > 1:
        return f"{this}; --stream takes another: {', '.join(others)}"
    number, _, facts = next(iter(others), "").partition(" ")
    return f"{this}; --stream {number} takes the other {facts}"


def _describe(stream: VideoStream) -> str:
    context = stream.codec_context
    if context is None:
        return f"{stream.index} (unknown codec)"
    return f"{stream.index} ({context.width}×{context.height} {context.name})"


def _no_such(container: InputContainer, path: Path, index: int) -> UsageError:
    """Explain that a number is no video stream's."""
    kinds: dict[int, str] = {s.index: s.type or "unknown" for s in container.streams}
    if kinds.get(index) == "video":
        what = f"stream {index} is of a kind for which there is no decoder"
    elif index in kinds:
        what = f"stream {index} is no video but {kinds[index]}"
    else:
        what = f"the file has no stream {index}"
    there = [_describe(s) for s in container.streams.video if s.codec_context is not None]
    return UsageError(what, path, f"--stream takes one of {', '.join(there) or 'none'}")


def _is_attached(stream: Stream) -> bool:
    """True for cover art and for the small pictures of a player's seek bar."""
    from flowstyle.media.pyav import av

    kinds = av.stream.Disposition
    return bool(stream.disposition & (kinds.attached_pic | kinds.timed_thumbnails))


def _best(streams: list[VideoStream], path: Path) -> VideoStream:
    """Choose among several moving pictures."""
    from flowstyle.media.pyav import av

    if len(streams) == 1:
        return streams[0]
    stills = _single_pictures(streams, path)
    flag = av.stream.Disposition.default

    def rank(stream: VideoStream) -> tuple[bool, bool, int, int]:
        area = stream.codec_context.width * stream.codec_context.height
        is_default = bool(stream.disposition & flag)
        return stream.index not in stills, is_default, area, -stream.index

    return max(streams, key=rank)


def _single_pictures(streams: list[VideoStream], path: Path) -> set[int]:
    """Indices of streams that hold one picture only."""
    from flowstyle.media.pyav import av

    # Of other codecs a stream is one where the file says so: AVIF has a still beside its frames.
    suspects = {s.index for s in streams if s.codec_context.name in _STILL or s.frames == 1}
    suspects -= {s.index for s in streams if s.frames > 1}
    if not suspects:
        return suspects
    seen: Counter[int] = Counter()
    with open_clip(path) as again, suppress(av.error.FFmpegError):
        for packet in again.demux(again.streams.video):
            seen[packet.stream_index] += bool(packet.size)
            suspects = {s for s in suspects if seen[s] < 2}
            if not suspects or max(seen.values()) >= _LOOK_AT:
                break
    return suspects
