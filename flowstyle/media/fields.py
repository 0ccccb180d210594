"""Interlaced frames become whole ones.

A frame of two fields shows two moments, in its even and its odd rows. A clip may begin with whole
frames and become interlaced later: a programme after its trailer. Each frame says what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from flowstyle.core.errors import VideoError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.types import ClipInfo

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


# Field orders of FFmpeg: 2 TT, 3 BB, 4 TB, 5 BT are interlaced; 0 unknown, 1 progressive.
INTERLACED = (2, 3, 4, 5)

_EACH_TELLS = {
    *("h264", "hevc", "vvc", "mpeg2video", "mpeg4", "vc1", "wmv3", "cavs", "dirac"),
    *("dvvideo", "ffv1", "prores", "prores_raw", "dnxhd", "cfhd", "rawvideo", "v210"),
}
"""Codecs of which each frame says whether it is interlaced, or whose decoders say it for the file.
Of others, as PNG or Animation in MOV, the container alone knows."""

_TOP_FIRST = (2, 4)  # of FFmpeg's field orders, as its own decoders of plain samples take them


@dataclass(frozen=True)
class Decoded:
    """One frame of the stream, or the hole where it should be.

    ``pts`` is None where the file does not say. ``damage`` says what is wrong, "" for a good frame;
    ``frame`` is None for a hole.
    """

    pts: int | None
    frame: VideoFrame | None
    damage: str = ""


def deinterlaced(
    frames: Iterable[Decoded], stream: VideoStream, info: ClipInfo, report: Report = ignore
) -> Iterator[Decoded]:
    """Turn interlaced frames into progressive ones with yadif, from the first such frame on.

    Args:
        frames: in the order shown.
        stream: that they come from.
        info: the clip; where it is interlaced from its beginning, so are ``frames``.
        report: told where they become so.

    Yields:
        One frame for each. Those before the first interlaced one, and all of a clip that says that
        its frames are whole, are left as they are.

    Raises:
        VideoError: what ``frames`` raises, after what yadif still holds.
    """
    if info.interlaced:
        yield from _by_yadif(frames, stream)
        return
    rest = iter(frames)
    before: Decoded | None = None
    for number, item in enumerate(rest):
        if item.frame is not None:
            if item.frame.interlaced_frame and not info.whole_frames:
                text = f"interlaced from frame {number} on: each pair of fields becomes one"
                report(Decision("fields", f"{text} whole frame"))
                # yadif looks one frame back: what it makes of that one is known already.
                known = [] if before is None else [before]
                woven = _by_yadif(chain(known, [item], rest), stream)
                yield from islice(woven, len(known), None)
                return
            before = item
        yield item


def _by_yadif(frames: Iterable[Decoded], stream: VideoStream) -> Iterator[Decoded]:
    """Turn interlaced frames into progressive ones, one for one.

    Args:
        frames: in the order shown.
        stream: that they come from.

    Raises:
        VideoError: what ``frames`` raises, after what yadif still holds.
    """
    from flowstyle.media.pyav import av

    graph = av.filter.Graph()
    source = graph.add_buffer(template=stream)
    # One frame out for each frame in; frames that are progressive pass unchanged.
    yadif = graph.add("yadif", f"mode=send_frame:{_which(stream)}")
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

    refusal: VideoError | None = None
    try:
        for item in frames:
            waiting.append(item)
            if item.frame is not None:
                graph.vpush(item.frame)
            yield from ready()
    except VideoError as error:
        refusal = error  # what yadif still holds comes first
    graph.vpush(None)
    yield from ready()
    yield from waiting
    if refusal is not None:
        raise refusal


def _which(stream: VideoStream) -> str:
    """Which frames yadif is to change, and which field of theirs is the first."""
    context = stream.codec_context
    order = int(context.field_order)
    if order not in INTERLACED or context.codec.canonical_name in _EACH_TELLS:
        return "deint=interlaced"
    return f"deint=all:parity={'tff' if order in _TOP_FIRST else 'bff'}"
