"""Is a file as long as it says? Truncated clips play to their end without an error."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from flowstyle.core.types import ClipInfo
from flowstyle.media.as_before import holds_picture

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_SEGMENT = b"\x18\x53\x80\x67"
_EBML = b"\x1a\x45\xdf\xa3"


class PacketBook:
    """Books of one pass over a file: which packets were seen, which have become frames.

    Args:
        may_be_empty: some packets hold no frame of their own (VP8's hidden references, single
            fields, the packed frames of old AVI files); then only an error of the decoder makes a
            hole believable. May become so later: a clip may become interlaced.
        codec: of the picture where its packets may say "as before", see
            :mod:`flowstyle.media.as_before`; "" where they do not, or hold two pictures.
    """

    def __init__(self, *, may_be_empty: bool = False, codec: str = "") -> None:
        self.packets = 0
        self.pictures = 0  # as many, but where a packet holds none
        self.errors = 0
        self.end = Fraction(0)  # of all streams, seconds
        self._expected: list[int] = []  # heap of the time stamps of packets without a frame yet
        self.may_be_empty = may_be_empty
        self._codec = codec

    def saw(self, packet: Packet[Stream], is_video: bool) -> None:
        """Note a packet of any stream."""
        if packet.pts is not None and packet.time_base:
            # An empty one shows the frame before for longer.
            self.end = max(self.end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if is_video and packet.size:
            self.packets += 1
            holds = holds_picture(packet, self._codec)
            self.pictures += holds
            if holds and packet.pts is not None and not packet.is_discard:
                heapq.heappush(self._expected, packet.pts)

    def take(self) -> int | None:
        """Strike off the earliest time of a packet without a frame, and return it."""
        return heapq.heappop(self._expected) if self._expected else None

    def holes_before(self, pts: int | None) -> Iterator[int]:
        """Yield the times of frames that never came.

        Args:
            pts: a frame that came, which is struck off; None for the end.

        Yields:
            Time stamps in order.
        """
        while self._expected and (pts is None or self._expected[0] < pts):
            hole = heapq.heappop(self._expected)
            if self.errors or not self.may_be_empty:
                self.errors = max(0, self.errors - 1)
                yield hole
        while self._expected and self._expected[0] == pts:
            heapq.heappop(self._expected)


def missing_frames(
    container: InputContainer, stream: VideoStream, info: ClipInfo, book: PacketBook
) -> int:
    """How many frames a file declares beyond those it holds.

    Args:
        container: the file, read to its end.
        stream: its video stream.
        info: the clip.
        book: what was seen, in the times of ``info``.

    Returns:
        0 for a file that is whole, or that does not say how long it is.
    """
    formats = set(container.format.name.split(","))
    if "mov" in formats and stream.frames:
        return max(0, len(stream.index_entries) - book.packets)
    if not container.duration or not formats & {"matroska", "flv", "mov"}:
        return 0
    # Microseconds, over all streams: the streams' own durations are often rounded. Some muxers
    # count from the first frame and some from 0; the later of the two ends is believed.
    short = Fraction(container.duration, 1_000_000) - book.end - info.clock.origin
    # Muxers differ in whether the last frame's duration counts, so a whole file may seem short.
    cut = "matroska" in formats and is_shorter_than_declared(info.path)
    allowed = 1 / (2 * info.rate) if cut else Fraction(1, 10) + 2 / info.rate
    return max(1, round(short * info.rate)) if short > allowed else 0


def is_shorter_than_declared(path: Path) -> bool:
    """Compare the size of a Matroska or WebM file with the one in its header.

    Args:
        path: the file.

    Returns:
        True if the end is missing; False also where the header does not say.
    """
    with path.open("rb") as file:
        if file.read(4) != _EBML:
            return False
        header = _vint(file)
        if header is None:
            return False
        file.seek(header, 1)
        if file.read(4) != _SEGMENT:
            return False
        size = _vint(file)
        return size is not None and file.tell() + size > path.stat().st_size


def _vint(file: BinaryIO) -> int | None:
    """Read EBML's variable-length size; None for "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + file.read(length - 1), "big")
    return None if value == (1 << 7 * length) - 1 else value
