"""From a video file to decoded frames, with every frame that is missing accounted for.

FFmpeg hides damage: a broken packet yields no frame, or a patched one; a file that was cut short
just ends. So the time stamps of all packets are remembered, and a packet whose frame never comes
out is reported in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from flowstyle.core.errors import VideoError
from flowstyle.core.events import Report, ignore
from flowstyle.core.types import ClipInfo
from flowstyle.media.clock import Retimer
from flowstyle.media.fields import Decoded, deinterlaced
from flowstyle.media.opening import decoder_of, open_clip
from flowstyle.media.streams import video_stream
from flowstyle.media.truncation import PacketBook, missing_frames

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


def decode(info: ClipInfo, report: Report = ignore) -> Iterator[Decoded]:
    """Decode a video file from its beginning.

    Args:
        info: the clip as probed.
        report: told where a clip becomes interlaced.

    Yields:
        Every frame in the order shown; interlaced frames deinterlaced.

    Raises:
        VideoError: the picture changes its size, or less than half of the clip is there.
    """
    with open_clip(info.path) as container:
        stream = video_stream(container, info.path, info.stream)
        # Slice threads only: with frame threads the frames after a damaged one depend on timing.
        stream.thread_type = "SLICE"
        frames = _decode_stream(container, stream, info)
        yield from deinterlaced(frames, stream, info, report)


def _decode_stream(
    container: InputContainer, stream: VideoStream, info: ClipInfo
) -> Iterator[Decoded]:
    """Decode without deinterlacing."""
    from flowstyle.media.pyav import av

    # There a packet without a frame of its own is no damage.
    may_be_empty = info.codec == "vp8" or info.interlaced or container.format.name == "avi"
    book = PacketBook(may_be_empty=may_be_empty, codec=own_pictures(info))
    decoder, retime = decoder_of(stream), Retimer(info.clock, stream.index)
    shape: tuple[int, int] | None = None
    number = 0
    for packet in chain(demux_all(container), (None,)):  # None drains the decoder
        if packet is not None:
            retime(packet)
            is_video = packet.stream_index == stream.index
            book.saw(packet, is_video)
            if not is_video or not packet.size:
                continue
        try:
            frames: list[VideoFrame] = decoder.decode(packet)
        except av.error.FFmpegError:
            book.errors += 1
            continue
        for frame in frames:
            book.may_be_empty |= frame.interlaced_frame and not info.whole_frames
            # What comes before the first picture that can be decoded was cut off on purpose.
            believable = bool(number or book.errors)
            for hole in _holes(frame, book, info.clock.by_order):
                if believable:
                    number += 1
                    yield Decoded(hole, None, "a packet is damaged")
            if shape is not None and (frame.width, frame.height) != shape:
                raise VideoError(
                    f"the picture changes from {shape[0]}×{shape[1]} to "
                    f"{frame.width}×{frame.height}",
                    f"{info.path}, frame {number}",
                    # A frame's time is known with the next one.
                    f"--frames {number - 1} paints what comes before, from the beginning; or "
                    "scale it to one size first",
                )
            shape = (frame.width, frame.height)
            number += 1
            yield Decoded(frame.pts, frame, "the frame is damaged" if frame.is_corrupt else "")
    for hole in book.holes_before(None):
        yield Decoded(hole, None, "a packet is damaged")
    yield from _missing_end(container, stream, book, info)


def _holes(frame: VideoFrame, book: PacketBook, by_order: bool) -> Iterator[int]:
    """Times before a frame at which one is missing; the frame gets its own where order decides."""
    if not by_order:
        yield from book.holes_before(frame.pts)
        return
    while book.errors and (hole := book.take()) is not None:
        book.errors -= 1
        yield hole
    due = book.take()
    frame.pts = frame.pts if due is None else due


def own_pictures(info: ClipInfo) -> str:
    """The codec as :class:`PacketBook` takes it: "" where order decides which time a frame has."""
    return "" if info.clock.by_order else info.codec


def demux_all(container: InputContainer) -> Iterator[Packet[Stream]]:
    """Demux all streams; a read error ends the file.

    PyAV ends each stream with an empty packet that seems to be of stream 0; those are left out,
    and whoever decodes drains the decoder afterwards. Empty packets in mid-stream have a time and
    say "as before": a decoder that was given one would take it for the end.

    Args:
        container: an open clip.

    Yields:
        Packets.
    """
    from flowstyle.media.pyav import av

    streams = [s for s in container.streams if s.type in ("video", "audio", "subtitle", "data")]
    try:
        for packet in container.demux(streams):
            if packet.size or packet.pts is not None or packet.dts is not None:
                yield packet
    except av.error.FFmpegError:
        return


def _missing_end(
    container: InputContainer, stream: VideoStream, book: PacketBook, info: ClipInfo
) -> Iterator[Decoded]:
    """Yield one hole for each frame that the file declares but does not hold."""
    missing = missing_frames(container, stream, info, book)
    if not missing:
        return
    damage = (
        f"the file ends early: {book.packets} of about {book.packets + missing} frames are there"
    )
    # The first hole tells how long the last frame is shown, also where no more is wanted.
    yield Decoded(None, None, damage)
    if missing > book.packets:
        advice = (
            "copy the clip again, or run without --on-corrupt repeat, "
            "which says how many frames can be rendered"
        )
        raise VideoError(damage, info.path, advice)
    for _ in range(missing - 1):
        yield Decoded(None, None, damage)
