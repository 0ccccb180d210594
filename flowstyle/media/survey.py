"""What the packets of a clip tell before any frame is decoded: number, clock, end, rate."""

from __future__ import annotations

from array import array
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from flowstyle.core.types import ClipInfo, Clock
from flowstyle.media.as_before import CODEC, LARGEST, is_packed
from flowstyle.media.clock import BROADCAST, Retimer, origin_of
from flowstyle.media.decode import demux_all, own_pictures
from flowstyle.media.even import even_step
from flowstyle.media.joins import JoinFinder
from flowstyle.media.opening import open_clip
from flowstyle.media.pyav_values import exact
from flowstyle.media.streams import video_stream
from flowstyle.media.truncation import PacketBook, missing_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer
    from av.video.stream import VideoStream

_REORDERING = {"h264", "hevc", "vvc"}
"""Codecs whose order FFmpeg does not find out where the container tells decoding times only."""

_LOOK_AT = 32
"""Packets that show whether times of decoding and showing differ from frame to frame."""


def declared_frames(container: InputContainer, stream: VideoStream) -> int | None:
    """Number of frames that will be shown, as far as the container's index knows it.

    Args:
        container: an open clip.
        stream: its video stream.
    """
    formats = container.format.name.split(",")
    if "mov" in formats and stream.frames:
        # The index, unlike the declared number, follows the edit list.
        least = LARGEST if stream.codec_context.name == CODEC else 0
        shown = sum(not e.is_discard and e.size > least for e in stream.index_entries)
        return shown or stream.frames
    if {"avi", "gif"} & set(formats):
        return None  # AVI counts frames that are shown twice; the last of a GIF may stand for long
    return stream.frames or None


def with_clock(info: ClipInfo, *, max_pixels: int) -> ClipInfo:
    """Set a clip's times to begin at 0, and count its frames where the file does not.

    Args:
        info: with the times of the file; ``start_pts`` is that of the first frame shown.
        max_pixels: see :func:`open_clip`.

    Returns:
        The clip with its clock, and with the times that it gives.
    """
    with open_clip(info.path, max_pixels=max_pixels) as container:
        stream = video_stream(container, info.path, info.stream)
        clock, late = _decoding_times(container, stream)
        first = info.start_pts * info.time_base - late
        sound = [s.index for s in container.streams.audio]
        origin = origin_of(container, first, sound)
        clock = replace(clock, origin=origin)
        start = round((first - origin) / info.time_base)
        declared_start = info.start_pts
        begins_amid = any(not entry.is_keyframe for entry in stream.index_entries[:1])
        info = replace(info, clock=clock, start_pts=start)
        if info.codec == CODEC and clock.by_order:  # every packet counts, also those of a few bytes
            info = replace(info, frames=None)
        begin = (stream.start_time or 0) * info.time_base
        end = None if stream.duration is None else begin + stream.duration * info.time_base
    if info.frames and begins_amid:
        with open_clip(info.path, max_pixels=max_pixels) as container:
            stream = video_stream(container, info.path, info.stream)
            never = _not_shown(container, stream, declared_start)
            info = replace(info, frames=info.frames - never)
    if not info.frames:
        with open_clip(info.path, max_pixels=max_pixels) as container:
            stream = video_stream(container, info.path, info.stream)
            info, end = _count(container, stream, info, end)
    length = None if end is None else round((end - origin - clock.delay) / info.time_base) - start
    return replace(info, duration_pts=length if length and length > 0 else None)


def _not_shown(container: InputContainer, stream: VideoStream, start: int) -> int:
    """Number of frames that an index declares and that cannot be decoded, as the clip begins later.

    Args:
        container: at its beginning.
        stream: the video stream.
        start: time of the first frame that is shown, as the file tells it.
    """
    number = 0
    for packet in container.demux(stream):
        if packet.pts is None or packet.dts is None or packet.dts >= start:
            break  # nothing is shown before it is decoded
        number += packet.pts < start and not packet.is_discard
    return number


def _decoding_times(container: InputContainer, stream: VideoStream) -> tuple[Clock, Fraction]:
    """How far a file's times are those of decoding.

    AVI numbers frames as they are decoded, and so do some other files: FFmpeg makes times for
    showing of that. For H.264 and its heirs they are in the wrong order.

    Returns:
        The clock, its origin still open, and the seconds that FFmpeg puts on top of AVI's times.
    """
    all_of_it = (p for p in demux_all(container) if p.stream_index == stream.index and p.size)
    packets = list(islice(all_of_it, _LOOK_AT))
    gaps = [None if p.pts is None or p.dts is None else p.pts - p.dts for p in packets]
    first = gaps[0] if gaps else None
    if first is None:
        return Clock(), Fraction(0)
    is_avi = container.format.name == "avi"
    context = stream.codec_context
    reorders = context.codec.canonical_name in _REORDERING and (is_avi or context.has_b_frames)
    by_order = reorders and None not in gaps and (is_avi or set(gaps) == {first})
    by_order |= is_packed(context, packets[0])
    late = first * exact(stream.time_base) if is_avi else Fraction(0)
    if by_order and is_avi:
        return Clock(by_order=True, by_decoding=True), late
    return Clock(delay=late, by_order=by_order), late


def _count(
    container: InputContainer, stream: VideoStream, info: ClipInfo, end: Fraction | None
) -> tuple[ClipInfo, Fraction | None]:
    """Count the frames of a container that does not declare them, without decoding.

    Args:
        container: at its beginning.
        stream: the video stream.
        info: the clip.
        end: the picture's, as declared, in seconds of the file.

    Returns:
        The clip with its number of frames, joins and rate; its end as its packets tell.
    """
    broadcast = bool(BROADCAST & set(container.format.name.split(",")))
    book = PacketBook(codec=own_pictures(info))
    finder = JoinFinder(stream.index, jumps=broadcast, by_decoding=info.clock.by_decoding)
    retime = Retimer(info.clock, stream.index)
    times = array("q")
    for packet in demux_all(container):
        if packet.is_discard:
            continue
        finder.saw(packet)
        retime(packet)
        is_video = packet.stream_index == stream.index
        # What comes before the first picture that can be decoded is not shown.
        early = packet.pts is not None and packet.pts < info.start_pts
        if is_video and early and not finder.went_back:
            continue
        book.saw(packet, is_video)
        if is_video and packet.size and packet.pts is not None:
            times.append(packet.pts)
    missing = missing_frames(container, stream, info, book)
    guessed = exact(stream.guessed_rate) or None
    found = finder.found()
    info = replace(
        info,
        frames=book.pictures + missing or None,
        missing=missing,
        clock=replace(info.clock, joins=found.joins),
        rate=_own_rate(info.rate, guessed, found.rate, joined=bool(found.joins)),
    )
    info = replace(info, even_step=_even_step(times, info))
    return info, end if missing else found.end


def _even_step(times: Sequence[int], info: ClipInfo) -> Fraction | None:
    """See :func:`even_step`; None where the times of packets may not be those of the frames.

    Args:
        times: of the picture's packets, as far as they have any.
        info: the clip.
    """
    if len(times) != info.frames or info.clock.joins or info.clock.by_order or info.missing:
        return None
    if min(times, default=None) != info.start_pts:
        return None
    return even_step(times, info.time_base, info.rate)


def _own_rate(
    declared: Fraction, guessed: Fraction | None, found: Fraction | None, *, joined: bool
) -> Fraction:
    """The declared rate, unless it is far from the frames' own.

    Args:
        declared: the mean that the container gives.
        guessed: FFmpeg's second opinion.
        found: between the first and the last frame.
        joined: the mean is taken over jumps of the clock.
    """
    if found is None or (not joined and found / 2 <= declared <= 2 * found):
        return declared
    if not joined and guessed is not None and found / 2 <= guessed <= 2 * found:
        return guessed
    return found.limit_denominator(1001)
