"""Frames of a clip as RGB arrays, with exact times: upright, resized, whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from flowstyle.core.errors import UsageError, VideoError
from flowstyle.core.events import Report, ignore
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.colour import Picture, orient, to_rgb
from flowstyle.media.cropping import cropped
from flowstyle.media.decode import decode
from flowstyle.media.fields import Decoded
from flowstyle.media.opening import open_clip
from flowstyle.media.picture_file import read_picture
from flowstyle.media.picture_folder import resize_picture
from flowstyle.media.streams import video_stream

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

OnCorrupt = Literal["stop", "repeat"]
REORDERED = 4
"""Frames by which decoding order differs from the order shown, but for rare clips."""
REPEAT = "flowstyle run --on-corrupt repeat shows the frame before in place of each missing one"

MILLISECOND = Fraction(1, 1000)


def read_frames(
    info: ClipInfo,
    *,
    start: int = 0,
    count: int | None = None,
    size: tuple[int, int] | None = None,
    on_corrupt: OnCorrupt = "stop",
    keep_alpha: bool = False,
    report: Report = ignore,
) -> Iterator[Frame]:
    """Read frames in the order shown.

    Args:
        info: the clip as probed.
        start: first frame, from 0.
        count: number of frames; all that follow if None.
        size: (width, height) of the pictures; the clip's own if None.
        on_corrupt: what a damaged or missing frame does: "stop" raises, "repeat" yields the frame
            before it again (at the very beginning: the one after), marked ``repeated``.
        keep_alpha: keep the alpha channel beside straight colours; otherwise the picture is
            composited over black.
        report: told where a clip becomes interlaced.

    Yields:
        Frames. ``pts`` rises strictly. ``duration`` reaches to the next frame; for the last one it
        is what the file says.

    Raises:
        VideoError: a frame is damaged or missing; the message names it and its time.
        UsageError: ``start`` or ``count`` are negative, or the clip ends before ``start``.
    """
    if start < 0 or (count is not None and count < 0):
        raise UsageError(f"start {start} and count {count} must not be negative", info.path)
    if count == 0:
        return
    if on_corrupt == "stop":
        refuse_cut_off(info, start, count)
    frames = (
        _picture_frames(info, size, start, count)
        if info.is_folder
        else _video_frames(info, size, start, count, on_corrupt, report)
    )
    empty = True
    for frame in frames:
        empty = False
        yield frame if keep_alpha or frame.alpha is None else composite(frame)
    if empty and start:
        raise UsageError(
            f"the clip ends before frame {start}", info.path, "give a smaller --start-frame"
        )


def composite(frame: Frame) -> Frame:
    """Put a frame with alpha on black.

    Args:
        frame: with straight (not premultiplied) colours.

    Returns:
        The frame without alpha.
    """
    if frame.alpha is None:
        return frame
    top = np.iinfo(frame.image.dtype).max
    product: Any = frame.image.astype(np.uint64) * frame.alpha[..., None]
    image = ((product + top // 2) // top).astype(frame.image.dtype)
    return replace(frame, image=image, alpha=None)


def _picture_frames(
    info: ClipInfo, size: tuple[int, int] | None, start: int, count: int | None
) -> Iterator[Frame]:
    """Read a folder of pictures, one time step each."""
    stop = None if count is None else start + count
    for index, path in islice(enumerate(info.pictures), start, stop):
        image, alpha = read_picture(path)
        if image.shape[:2] != info.whole[::-1]:
            raise VideoError("the picture has changed its size since the start", path)
        if alpha is None and info.has_alpha:  # other pictures of the row shine through
            alpha = np.full_like(image[..., 0], np.iinfo(image.dtype).max)
        wanted = size or (info.width, info.height)
        yield Frame(
            index=index,
            pts=info.start_pts + index,
            duration=1,
            image=resize_picture(cropped(image, info.bars), wanted),
            alpha=None if alpha is None else resize_picture(cropped(alpha, info.bars), wanted),
        )


def _video_frames(
    info: ClipInfo,
    size: tuple[int, int] | None,
    start: int,
    count: int | None,
    on_corrupt: OnCorrupt,
    report: Report,
) -> Iterator[Frame]:
    """Read a video file."""
    timed = islice(_timed(info, report), None if count is None else start + count)
    for item in _repair(timed, info, on_corrupt, start):
        if item.index < start or item.source.frame is None:
            continue
        image, alpha = shown(item.source.frame, info, size)
        yield Frame(item.index, item.pts, item.duration, image, alpha, item.repeated)


def shown(
    frame: VideoFrame, info: ClipInfo, size: tuple[int, int] | None
) -> tuple[Picture, Picture | None]:
    """A decoded frame as it is meant to be seen: cropped, upright, without bars, in RGB.

    Args:
        frame: as the decoder gives it.
        info: the clip.
        size: (width, height) of the picture; the clip's own if None.

    Returns:
        H×W×3, and H×W of its alpha where the clip has one.
    """
    turned, barred = info.rotation in (90, 270), any(info.bars)
    stored = (size[1], size[0]) if size and turned else size
    picture = _stored_picture(frame, info, None if barred else stored)
    upright = orient(picture, info.rotation, info.flipped)
    if barred:
        upright = cropped(upright, info.bars)
        upright = upright if size is None else resize_picture(upright, size)
    return _channels(upright, slice(3)), _channels(upright, 3) if info.has_alpha else None


def _stored_picture(frame: VideoFrame, info: ClipInfo, size: tuple[int, int] | None) -> Picture:
    """The part of a decoded frame that is shown, not yet upright, at a size."""
    if not any(info.crop):
        return to_rgb(frame, info.colour, size, alpha=info.has_alpha)
    part = cropped(to_rgb(frame, info.colour, None, alpha=info.has_alpha), info.crop)
    return part if size is None else resize_picture(part, size)


def _channels(picture: Picture, wanted: int | slice) -> Picture:
    """A copy of some channels alone."""
    return cast("Picture", np.ascontiguousarray(picture[..., wanted]))


@dataclass(frozen=True)
class _Timed:
    """A frame with its place in time; ``source`` is the picture it is taken from."""

    index: int
    pts: int
    duration: int
    source: Decoded
    repeated: bool = False


def refuse_cut_off(info: ClipInfo, start: int, count: int | None) -> None:
    """Find frames beyond the end of a truncated file before any work is done.

    MP4 and MOV tell where each frame lies; in other containers the number counted must do.

    Args:
        info: the clip.
        start: first frame that is wanted.
        count: number of frames; None for all that follow.

    Raises:
        VideoError: they are not all there.
    """
    if info.is_folder:
        return
    held = (info.frames or 0) - info.missing
    if info.missing and (count is None or start + count > held):
        raise _cut_short(info, held, start, info.missing)
    length = info.path.stat().st_size
    with open_clip(info.path) as container:
        if "mov" not in container.format.name.split(","):
            return
        stream = video_stream(container, info.path, info.stream)
        # Frames are stored out of order, so some more are looked at; damage that this does not
        # find is found while reading.
        stop = None if count is None else start + count + REORDERED
        for number, entry in enumerate(islice(stream.index_entries, stop)):
            if entry.pos + entry.size > length:
                missing = len(stream.index_entries) - number
                raise _cut_short(info, number, start, missing)


def _cut_short(info: ClipInfo, index: int, start: int, missing: int) -> VideoError:
    """Explain that frames from ``index`` on are missing, and what can be rendered of the clip."""
    damage = "the file ends early: it was cut short"
    pts = info.start_pts + round(index / (info.rate * info.time_base))
    advice = "copy the clip again"
    whole = index - REORDERED  # without those whose neighbours may be missing
    if whole > start:
        advice += f", or render what is there: --frames {whole - start}"
    elif whole > 0 and start:
        advice += ", or begin earlier: a smaller --start-frame"
    if missing <= index:  # more cannot be filled, see flowstyle.media.decode
        advice += f"; {REPEAT}"
    return VideoError(damage, _place(info, index, pts), advice)


def _damaged(info: ClipInfo, index: int, pts: int, damage: str) -> VideoError:
    return VideoError(damage, _place(info, index, pts), f"copy the clip again; {REPEAT}")


def _place(info: ClipInfo, index: int, pts: int) -> str:
    return f"{info.path}, frame {index}, at {float(pts * info.time_base):.3f} s"


def _timed(info: ClipInfo, report: Report) -> Iterator[_Timed]:
    """Number the decoded frames; fill in times that are missing; measure durations."""
    step = max(1, round(1 / (info.rate * info.time_base)))
    before: _Timed | None = None
    for index, item in enumerate(decode(info, report)):
        if before is None:
            pts = info.start_pts if item.pts is None else item.pts
        else:
            pts = before.pts + step if item.pts is None else max(item.pts, before.pts + 1)
        if before is not None:
            yield replace(before, duration=pts - before.pts)
        before = _Timed(index, pts, step, item)
    if before is not None:
        yield replace(before, duration=_last_duration(before, info, step))


def _last_duration(last: _Timed, info: ClipInfo, step: int) -> int:
    """How long the last frame is shown: to the stream's end, else as its packet says.

    The end of a stream may be known to a millisecond only, as edit lists tell it.
    """
    frame = last.source.frame
    own = frame.duration if frame is not None else 0
    if info.duration_pts is not None:
        rest = info.start_pts + info.duration_pts - last.pts
        if rest > 0 and abs(rest - own) * info.time_base > MILLISECOND:
            return rest
    return own or step


def _repair(
    items: Iterable[_Timed], info: ClipInfo, on_corrupt: OnCorrupt, start: int
) -> Iterator[_Timed]:
    """Replace damaged frames, or raise at the first one that is wanted."""
    good: Decoded | None = None
    leading: list[_Timed] = []
    for item in items:
        if not item.source.damage:
            good = item.source
            yield from (replace(hole, source=good, repeated=True) for hole in leading)
            leading.clear()
            yield item
        elif on_corrupt == "stop" and item.index >= start:
            raise _damaged(info, item.index, item.pts, item.source.damage)
        elif good is None:
            leading.append(item)
        else:
            yield replace(item, source=good, repeated=True)
    if good is None:
        raise VideoError("no frame of the clip can be decoded", info.path, "check that it plays")
