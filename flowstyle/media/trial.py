"""Does a container take these packets? It is tried, in memory, with the first few of them."""

from __future__ import annotations

import io
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flowstyle.media.containers import MUXERS, trial_options
from flowstyle.media.opening import open_clip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

PACKETS = 8
"""So many are tried: enough for decoders that begin late."""


def why_not_copied(clip: Path, index: int, suffix: str) -> str:
    """Try to copy a stream into a container and to read it there.

    Args:
        clip: the source.
        index: of its stream, which is no attachment.
        suffix: of the result, a key of :data:`~flowstyle.media.containers.MUXERS`.

    Returns:
        Why it cannot be copied; "" where it can.
    """
    from flowstyle.media.pyav import av

    file = io.BytesIO()
    try:
        with open_clip(clip) as source:
            stream = source.streams[index]
            kind, codec = stream.type, _codec(stream)
            if not _copy(first_packets(source, stream), stream, file, suffix):
                return "it is empty"
        with open_clip(clip) as source:
            stream = source.streams[index]
            had = _heard(first_packets(source, stream), stream)
        file.seek(0)
        with av.open(file, "r") as result:
            found = next((each for each in result.streams if each.type == kind), None)
            if found is None or _codec(found) != codec:
                return "it cannot be read there"
            has = _heard([p for p in result.demux(found) if p.size], found)
    except (av.error.FFmpegError, OSError) as error:  # some of PyAV's are ValueErrors too
        return (error.strerror or str(error)).lower()
    except ValueError:
        return "it has no place for it"
    # A few samples at the start may be hidden there that are heard here, or the other way round.
    return "" if 2 * has >= had else "it cannot be decoded there"


def first_packets(source: InputContainer, stream: Stream) -> list[Packet[Stream]]:
    """The first packets of one stream.

    Args:
        source: an open clip, not read yet.
        stream: of that clip.
    """
    return list(islice((packet for packet in source.demux(stream) if packet.size), PACKETS))


_SAME = {"mp1": "mp3", "mp2": "mp3"}
"""Layers of MPEG audio have one name in an MP4; a decoder tells them apart by their packets."""


def _codec(stream: Stream) -> str:
    context = stream.codec_context
    if context is None:
        return stream.type
    return _SAME.get(context.codec.canonical_name, context.codec.canonical_name)


def _copy(packets: list[Packet[Stream]], stream: Stream, file: io.BytesIO, suffix: str) -> bool:
    """Copy packets, the first of them to time 0; whether there are any."""
    from flowstyle.media.pyav import av

    if not packets:
        return False
    options = trial_options(suffix)
    with av.open(file, "w", format=MUXERS[suffix], container_options=options) as output:
        target = output.add_stream_from_template(stream)
        first = packets[0].dts if packets[0].dts is not None else packets[0].pts or 0
        for packet in packets:
            packet.pts = None if packet.pts is None else packet.pts - first
            packet.dts = None if packet.dts is None else packet.dts - first
            packet.stream = target
            output.mux(packet)
    return True


def _heard(packets: Iterable[Packet[Stream]], stream: Stream) -> int:
    """Samples that packets decode to; bytes of what is no sound."""
    from flowstyle.media.pyav import av

    if stream.type != "audio":
        return sum(packet.size for packet in packets)
    decoder = cast("AudioStream", stream).codec_context
    count = 0
    for packet in packets:
        try:
            frames = decoder.decode(cast("Packet[AudioStream]", packet))
        except av.error.FFmpegError:
            continue  # damaged here and there alike
        count += sum(frame.samples for frame in frames)
    return count
