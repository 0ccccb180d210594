"""The source's audio in the result: copied packet by packet, or encoded where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.media.opening import import_av, open_clip

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

_Convert = Callable[["Packet | None"], "list[Packet]"]


class AudioTracks:
    """All audio streams of a clip on their way into a result.

    Args:
        info: the source.
        output: the container of the result, before its header is written.
        begin: only packets from this time on (seconds of the source), None for all.
        shift: seconds that are taken off all times.
        report: told when a stream cannot be copied.
    """

    def __init__(
        self,
        info: ClipInfo,
        output: OutputContainer,
        *,
        begin: Fraction | None,
        shift: Fraction,
        report: Report,
    ) -> None:
        self._source = open_clip(info.path)
        self._output = output
        self._begin = begin
        self._shift = shift
        self._report = report
        self._converts: dict[int, _Convert] = {}
        self._last_dts: dict[int, int] = {}
        av = import_av()
        for stream in self._source.streams:
            if stream.type == "audio":
                self._converts[stream.index] = self._add(stream)
            else:
                stream.discard = av.stream.Discard.all
        self._packets = self._demux()
        self._next: Packet | None = next(self._packets, None)

    def _add(self, stream: Any) -> _Convert:
        """Add one stream to the result; return what turns its packets into the result's."""
        name = stream.codec_context.codec.canonical_name if stream.codec_context else ""
        if name and name in self._output.supported_codecs:
            target = self._output.add_stream_from_template(stream)
            if stream.language:
                target.metadata["language"] = stream.language

            def copy(packet: Packet | None) -> list[Packet]:
                if packet is None:
                    return []
                packet.stream = target
                return [packet]

            return copy
        if not name:
            self._report(Notice(f"audio stream {stream.index} is of an unknown kind: left out"))
            return lambda packet: []
        encoder = self._output.default_audio_codec
        self._report(
            Notice(f"{name} audio does not fit {self._output.format.name}: encoded as {encoder}")
        )
        return _encoder(stream, self._output, encoder)

    def _demux(self) -> Iterator[Packet]:
        """Yield the audio packets of the source; damage ends them with a notice."""
        av = import_av()
        try:
            for packet in self._source.demux([self._source.streams[i] for i in self._converts]):
                if packet.size and packet.pts is not None:
                    yield packet
        except av.error.FFmpegError as error:
            self._report(Notice(f"the audio ends early: {error.strerror}"))

    def advance(self, until: Fraction | None) -> None:
        """Write the packets that begin before a time of the source, or all that are left.

        Args:
            until: seconds of the source.
        """
        while self._next is not None:
            packet: Any = self._next
            at = packet.pts * packet.time_base
            if until is not None and at >= until:
                return
            self._next = next(self._packets, None)
            if self._begin is None or at >= self._begin:
                self._write(packet)

    def _write(self, packet: Any) -> None:
        ticks = round(self._shift / packet.time_base)
        index = packet.stream_index
        packet.pts -= ticks
        packet.dts = packet.pts if packet.dts is None else packet.dts - ticks
        # Some files repeat a decoding time; muxers refuse that.
        packet.dts = max(packet.dts, self._last_dts.get(index, packet.dts - 1) + 1)
        packet.pts = max(packet.pts, packet.dts)
        self._last_dts[index] = packet.dts
        self._output.mux(self._converts[index](packet))

    def finish(self) -> None:
        """Write what encoders still hold back, and close the source."""
        for convert in self._converts.values():
            self._output.mux(convert(None))
        self._source.close()

    def close(self) -> None:
        """Close the source without writing anything."""
        self._source.close()


def _encoder(stream: Any, output: OutputContainer, name: str) -> _Convert:
    """Decode and encode one stream.

    Args:
        stream: the source's audio stream.
        output: the result.
        name: FFmpeg's encoder.

    Returns:
        What turns packets of the source into packets of the result; None flushes.
    """
    av = import_av()
    rate = 48000 if "opus" in name else stream.rate
    target: Any = output.add_stream(name, rate=rate)
    target.layout = stream.layout.name
    target.bit_rate = 96_000 * max(1, stream.layout.nb_channels)
    resampler = av.AudioResampler(
        format=target.format, layout=stream.layout.name, rate=rate, frame_size=target.frame_size
    )

    def convert(packet: Packet | None) -> list[Packet]:
        encoded: list[Packet] = []
        for frame in [*stream.codec_context.decode(packet), *([None] if packet is None else [])]:
            for part in resampler.resample(frame):
                encoded += target.encode(part)
        if packet is None:
            encoded += target.encode(None)
        return encoded

    return convert
