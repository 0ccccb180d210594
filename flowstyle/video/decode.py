"""From a video file to decoded frames, with every frame that is missing accounted for.

FFmpeg hides damage: a broken packet yields no frame, or a patched one; a file that was cut short
just ends. So the time stamps of all packets are remembered, and a packet whose frame never comes
out is reported in its place.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from flowstyle.errors import VideoError
from flowstyle.types import ClipInfo
from flowstyle.video.opening import import_av, open_clip, video_stream

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class Decoded:
    """One frame of the stream, or the hole where it should be.

    ``pts`` is None where the file does not say. ``damage`` says what is wrong, "" for a good frame;
    ``frame`` is None for a hole.
    """

    pts: int | None
    frame: VideoFrame | None
    damage: str = ""


def decode(info: ClipInfo) -> Iterator[Decoded]:
    """Decode a video file from its beginning.

    Args:
        info: the clip as probed.

    Yields:
        Every frame in the order shown; interlaced frames deinterlaced.

    Raises:
        VideoError: the picture changes its size, or less than half of the clip is there.
    """
    with open_clip(info.path) as container:
        stream = video_stream(container, info.path)
        # Slice threads only: with frame threads the frames after a damaged one depend on timing.
        stream.thread_type = "SLICE"
        frames = _decode_stream(container, stream, info)
        yield from _deinterlace(frames, stream) if info.interlaced else frames


class _Account:
    """Books of one pass: which packets were seen, which have become frames."""

    def __init__(self, info: ClipInfo) -> None:
        self.expected: list[int] = []  # heap of the time stamps of packets without a frame yet
        self.packets = 0
        self.end = Fraction(0)  # of all streams, seconds
        self.errors = 0
        # Some packets hold no frame of their own: VP8's hidden references, single fields, the
        # packed frames of old AVI files. There only a decoder's error makes a hole believable.
        self.strict = info.codec != "vp8" and not info.interlaced and info.path.suffix != ".avi"

    def saw(self, packet: Packet, is_video: bool) -> None:
        """Note a packet of any stream."""
        if packet.pts is not None and packet.time_base:
            self.end = max(self.end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if is_video:
            self.packets += 1
            if packet.pts is not None and not packet.is_discard:
                heapq.heappush(self.expected, packet.pts)

    def holes_before(self, pts: int | None) -> Iterator[Decoded]:
        """Yield the holes before the frame at ``pts``; None stands for the end."""
        while self.expected and (pts is None or self.expected[0] < pts):
            hole = heapq.heappop(self.expected)
            if self.strict or self.errors:
                self.errors = max(0, self.errors - 1)
                yield Decoded(hole, None, "a packet is damaged")
        while self.expected and self.expected[0] == pts:
            heapq.heappop(self.expected)


def _decode_stream(
    container: InputContainer, stream: VideoStream, info: ClipInfo
) -> Iterator[Decoded]:
    """Decode without deinterlacing."""
    av = import_av()
    account = _Account(info)
    shape: tuple[int, int] | None = None
    number = 0
    for packet in _demux(container):
        is_video = packet.stream_index == stream.index
        if packet.size:
            account.saw(packet, is_video)
        if not is_video:
            continue
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            account.errors += 1
            continue
        for frame in frames:
            for hole in account.holes_before(frame.pts):
                # What comes before the first picture that can be decoded was cut off on purpose.
                if number or account.errors:
                    number += 1
                    yield hole
            if shape is not None and (frame.width, frame.height) != shape:
                raise VideoError(
                    f"the picture changes from {shape[0]}×{shape[1]} to "
                    f"{frame.width}×{frame.height}",
                    f"{info.path}, frame {number}",
                    "cut the clip there, or scale it to one size first",
                )
            shape = (frame.width, frame.height)
            number += 1
            yield Decoded(frame.pts, frame, "the frame is damaged" if frame.is_corrupt else "")
    yield from account.holes_before(None)
    yield from _missing_end(container, stream, account, info)


def _demux(container: InputContainer) -> Iterator[Packet]:
    """Demux all streams; a read error ends the file, and the decoder is still flushed."""
    av = import_av()
    streams = [s for s in container.streams if s.type in ("video", "audio", "subtitle", "data")]
    try:
        yield from container.demux(streams)
    except av.error.FFmpegError:
        for stream in streams:
            flush = av.Packet()
            flush.stream = stream
            yield flush


def _missing_end(
    container: InputContainer, stream: VideoStream, account: _Account, info: ClipInfo
) -> Iterator[Decoded]:
    """Yield one hole for each frame that the file declares but does not hold."""
    formats = container.format.name.split(",")
    missing = declared = 0
    if "mov" in formats and stream.frames:
        declared = len(stream.index_entries)
        missing = declared - account.packets
    elif container.duration and {"matroska", "flv", "mov"} & set(formats):
        # Microseconds, over all streams; the streams' own durations are often rounded.
        length = Fraction(container.duration, 1_000_000)
        start = Fraction(container.start_time or 0, 1_000_000)
        short = start + length - account.end
        if short > Fraction(1, 10) + 2 / info.rate:
            missing = max(1, round(short * info.rate))
            declared = account.packets + missing
    if missing <= 0:
        return
    damage = f"the file ends early: {account.packets} of about {declared} frames are there"
    if missing > account.packets:
        raise VideoError(damage, info.path, "copy or download the clip again")
    for _ in range(missing):
        yield Decoded(None, None, damage)


def _deinterlace(frames: Iterable[Decoded], stream: VideoStream) -> Iterator[Decoded]:
    """Turn interlaced frames into progressive ones with yadif, one for one."""
    av = import_av()
    graph = av.filter.Graph()
    source = graph.add_buffer(template=stream)
    # One frame out for each frame in; frames that are progressive pass unchanged.
    yadif = graph.add("yadif", "mode=send_frame:deint=interlaced")
    graph.link_nodes(source, yadif, graph.add("buffersink")).configure()
    waiting: deque[Decoded] = deque()  # yadif looks one frame ahead

    def ready() -> Iterator[Decoded]:
        while True:
            while waiting and waiting[0].frame is None:
                yield waiting.popleft()
            try:
                frame = graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            item = waiting.popleft()
            # yadif doubles the clock: the frame's own time stamp is kept instead.
            yield Decoded(item.pts, frame, item.damage)

    for item in frames:
        waiting.append(item)
        if item.frame is not None:
            graph.vpush(item.frame)
        yield from ready()
    graph.vpush(None)
    yield from ready()
    yield from waiting
