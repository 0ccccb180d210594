"""Single frames of a long clip, reached by jumping to them: little is decoded that is not shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import FlowstyleError
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.fields import Decoded, deinterlaced
from flowstyle.media.opening import decoder_of, open_clip
from flowstyle.media.reader import composite, read_frames, shown
from flowstyle.media.streams import video_stream

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

    from flowstyle.media.colour import Picture

LISTING = 2.0
"""Seconds in which the frames of a file without an index are listed."""
SURELY = 12
"""Frames before the wanted one from which on all are decoded, also those that no other needs."""
_STILLS = {"gif", "apng"}
"""Codecs whose files are read from the start: jumping in them goes wrong."""


@dataclass(frozen=True)
class Listing:
    """The coded frames of a clip, in the order of decoding.

    Args:
        sizes: bytes of each.
        keys: whether each can be decoded by itself.
        times: decoding times, in the file's own clock.
        late: by how much the first frame is shown after it is decoded, in the same clock.
    """

    sizes: NDArray[np.int64]
    keys: NDArray[np.bool_]
    times: NDArray[np.int64]
    late: int = 0

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.sizes)

    def shown_at(self, index: int) -> int:
        """When a frame is shown, in the file's own clock; the order of decoding counts as that."""
        return int(self.times[index]) + self.late

    @property
    def tells_motion(self) -> bool:
        """Whether frames are coded by what changed since others, so that sizes tell of motion."""
        return len(self) > 2 and bool(self.keys.mean() < 0.5)


def list_frames(info: ClipInfo, seconds: float = LISTING) -> Listing | None:
    """List a video's coded frames without decoding any.

    Args:
        info: the clip.
        seconds: after which the listing of a file without an index ends.

    Returns:
        The frames, as far as they were listed; None for pictures, and for files in which one does
        not jump.
    """
    if info.is_folder or info.codec in _STILLS:
        return None
    with open_clip(info.path) as container:
        stream = video_stream(container, info.path, info.stream)
        indexed = _has_index(container)
        rows = list(_of_index(stream) if indexed else _of_packets(container, stream, seconds))
    if not rows or not rows[0][1]:
        return None
    sizes, keys, times = zip(*rows, strict=True)
    first = round((info.start_pts * info.time_base + info.clock.origin) / info.time_base)
    return Listing(
        np.array(sizes, np.int64), np.array(keys, bool), np.array(times, np.int64), first - times[0]
    )


def _has_index(container: InputContainer) -> bool:
    return "mov" in container.format.name.split(",")


def _of_index(stream: VideoStream) -> Iterator[tuple[int, bool, int]]:
    """Size, key, time of each frame from the file's index."""
    for entry in stream.index_entries:
        if not entry.is_discard:
            yield entry.size, entry.is_keyframe, entry.timestamp


def _of_packets(
    container: InputContainer, stream: VideoStream, seconds: float
) -> Iterator[tuple[int, bool, int]]:
    """The same from the packets, for a while."""
    from flowstyle.media.pyav import av

    end = time.monotonic() + seconds
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            stamp = packet.pts if packet.dts is None else packet.dts
            if packet.size and stamp is not None:
                yield packet.size, packet.is_keyframe, stamp
            if time.monotonic() > end:
                return


def frames_at(
    info: ClipInfo,
    listing: Listing | None,
    start: int,
    count: int,
    size: tuple[int, int],
) -> list[Frame]:
    """Some frames in a row.

    In clips with uneven times, or whose groups of pictures are open, the first one may be off by a
    few frames: good enough for a look, not for a render.

    Args:
        info: the clip.
        listing: its frames; None reads it from the start.
        start: first frame, from 0; at most the last one.
        count: at most so many.
        size: (width, height) of the pictures.

    Returns:
        At least one frame.

    Raises:
        VideoError: nothing can be decoded there.
    """
    if listing is not None and start < len(listing) and not info.missing:
        found = list(islice(_jumped(info, listing, start, size), count))
        if found:
            return found
    return list(read_frames(info, start=start, count=count, size=size, on_corrupt="repeat"))


def _jumped(info: ClipInfo, listing: Listing, start: int, size: tuple[int, int]) -> Iterator[Frame]:
    """Frames from the wanted one on; from the clip's last one where the end comes before it."""
    step = max(1, round(1 / (info.rate * info.time_base)))
    first = info.start_pts
    latest: Decoded | None = None
    number = 0
    goal = listing.shown_at(start)
    for item in _decoded_from(info, listing, start):
        if item.frame is None:
            continue
        latest = item
        if item.pts is not None and item.pts < goal:
            continue
        yield _frame(item, info, size, start + number, first + step * (start + number), step)
        number += 1
    if not number and latest is not None:
        yield _frame(latest, info, size, start, first + step * start, step)


def frames_on_the_way(
    info: ClipInfo, listing: Listing, places: Sequence[int], size: tuple[int, int]
) -> Iterator[Picture]:
    """Some frames, of which those that need the same key frame are decoded in one go.

    They may be off by a few frames, as those of :func:`frames_at`; some may be left out.

    Args:
        info: the clip.
        listing: its frames.
        places: indices, in order.
        size: (width, height) of the pictures.
    """
    for _, group in groupby(places, lambda place: _key_of(listing, place)):
        wanted = list(group)
        goals = [listing.shown_at(place) for place in wanted]
        for item in _decoded_from(info, listing, wanted[-1]):
            if item.frame is None or (item.pts is not None and item.pts < goals[0]):
                continue
            yield shown(item.frame, info, size)[0]
            del goals[0]
            if not goals:
                break


def _key_of(listing: Listing, place: int) -> int:
    """Index of the key frame from which on a frame can be decoded."""
    return int(np.flatnonzero(listing.keys[: place + 1])[-1])


def _frame(
    item: Decoded, info: ClipInfo, size: tuple[int, int], index: int, pts: int, step: int
) -> Frame:
    """A decoded frame as the reader gives it."""
    if item.frame is None:
        raise ValueError("a hole is no frame")
    image, alpha = shown(item.frame, info, size)
    return composite(Frame(index, pts, step, image, alpha))


def _decoded_from(info: ClipInfo, listing: Listing, start: int) -> Iterator[Decoded]:
    """Decode from the key frame before the wanted one on; damaged packets are passed over."""
    from flowstyle.media.pyav import av

    key = _key_of(listing, start)
    with open_clip(info.path) as container:
        stream = video_stream(container, info.path, info.stream)
        stream.thread_type = "AUTO"
        with suppress(av.error.FFmpegError, FlowstyleError):
            if key:
                container.seek(listing.shown_at(key), stream=stream)
            frames = _decode(container, stream, start - key)
            yield from deinterlaced(frames, stream, info)


def _decode(container: InputContainer, stream: VideoStream, skip: int) -> Iterator[Decoded]:
    """Decode from where the container stands; of the first frames only those that others need."""
    from flowstyle.media.pyav import av

    decoder = decoder_of(stream)
    for number, packet in enumerate(container.demux(stream)):
        _hurry(decoder, number < skip - SURELY)
        with suppress(av.error.InvalidDataError):
            for frame in decoder.decode(packet if packet.size else None):
                yield Decoded(frame.pts, frame)


def _hurry(decoder: VideoCodecContext, hurried: bool) -> None:
    """Leave out frames that no other frame needs, or decode all."""
    if decoder.skip_frame != ("NONREF" if hurried else "DEFAULT"):
        decoder.skip_frame = "NONREF" if hurried else "DEFAULT"


def key_frames(
    info: ClipInfo, listing: Listing, places: Sequence[int], size: tuple[int, int]
) -> Iterator[Picture]:
    """Some key frames, each decoded by itself; those that cannot be are left out.

    Args:
        info: the clip.
        listing: its frames.
        places: indices of key frames.
        size: (width, height) of the pictures.
    """
    from flowstyle.media.pyav import av

    with open_clip(info.path) as container:
        stream = video_stream(container, info.path, info.stream)
        decoder = decoder_of(stream)
        for place in places:
            with suppress(av.error.FFmpegError):
                container.seek(listing.shown_at(place), stream=stream)
                packet = next((one for one in container.demux(stream) if one.size), None)
                if packet is None:  # beyond the end of a file that was cut short
                    continue
                found = [*decoder.decode(packet), *decoder.decode(None)]
                decoder.flush_buffers()
                if found:
                    yield shown(found[0], info, size)[0]
