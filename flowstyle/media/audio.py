"""The source's audio in the result: copied packet by packet, or encoded where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, cast

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.media.clock import Retimer
from flowstyle.media.opening import open_clip

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

_Convert = Callable[["Packet[AudioStream] | None"], "list[Packet[AudioStream]]"]


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
        from flowstyle.media.pyav import av

        self._source = open_clip(info.path)
        self._output = output
        self._begin = begin
        self._shift = shift
        self._report = report
        self._converts: dict[int, _Convert] = {}
        self._retime = Retimer(info.clock, info.stream)
        self._last_dts: dict[int, int] = {}
        for stream in self._source.streams:
            if stream.type != "audio":
                stream.discard = av.stream.Discard.all
        for track in self._source.streams.audio:
            self._converts[track.index] = self._add(track)
        self._packets = self._demux()
        self._next: Packet[AudioStream] | None = next(self._packets, None)

    def _add(self, stream: AudioStream) -> _Convert:
        """Add one stream to the result; return what turns its packets into the result's."""
        name = stream.codec_context.codec.canonical_name if stream.codec_context else ""
        if name and name in self._output.supported_codecs:
            target = self._output.add_stream_from_template(stream)
            if stream.language:
                target.metadata["language"] = stream.language

            def copy(packet: Packet[AudioStream] | None) -> list[Packet[AudioStream]]:
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

    def _demux(self) -> Iterator[Packet[AudioStream]]:
        """Yield the audio packets of the source; damage ends them with a notice."""
        from flowstyle.media.pyav import av

        try:
            for packet in self._source.demux(self._source.streams.audio):
                if packet.size and packet.pts is not None:
                    self._retime(packet)
                    yield packet
        except av.error.FFmpegError as error:
            self._report(Notice(f"the audio ends early: {error.strerror}"))

    def advance(self, until: Fraction | None) -> None:
        """Write the packets that begin before a time of the source, or all that are left.

        Args:
            until: seconds of the source.
        """
        while self._next is not None:
            packet = self._next
            at = (packet.pts or 0) * packet.time_base
            if until is not None and at >= until:
                return
            self._next = next(self._packets, None)
            if self._begin is None or at >= self._begin:
                self._write(packet)

    def _write(self, packet: Packet[AudioStream]) -> None:
        """Write one packet with the times of the result."""
        ticks = round(self._shift / packet.time_base)
        index = packet.stream_index
        pts = (packet.pts or 0) - ticks
        dts = pts if packet.dts is None else packet.dts - ticks
        # Some files repeat a decoding time; muxers refuse that.
        dts = max(dts, self._last_dts.get(index, dts - 1) + 1)
        packet.pts, packet.dts = max(pts, dts), dts
        self._last_dts[index] = dts
        self._output.mux(self._converts[index](packet))

    def finish(self) -> None:
        """Write what encoders still hold back, and close the source."""
        for convert in self._converts.values():
            self._output.mux(convert(None))
        self._source.close()

    def close(self) -> None:
        """Close the source without writing anything."""
        self._source.close()


def _encoder(stream: AudioStream, output: OutputContainer, name: str) -> _Convert:
    """Decode and encode one stream.

    Args:
        stream: the source's audio stream.
        output: the result.
        name: FFmpeg's encoder.

    Returns:
        What turns packets of the source into packets of the result; None flushes.
    """
    from flowstyle.media.pyav import av

    rate = 48000 if "opus" in name else stream.rate
    target = output.add_stream(cast("Literal['aac']", name), rate=rate)
    target.layout = stream.layout.name
    target.bit_rate = 96_000 * max(1, stream.layout.nb_channels)
    resampler = av.AudioResampler(
        format=target.format, layout=stream.layout.name, rate=rate, frame_size=target.frame_size
    )

    def convert(packet: Packet[AudioStream] | None) -> list[Packet[AudioStream]]:
        encoded: list[Packet[AudioStream]] = []
        for frame in [*stream.codec_context.decode(packet), *([None] if packet is None else [])]:
            for part in resampler.resample(frame):
                encoded += target.encode(part)
        if packet is None:
            encoded += target.encode(None)
        return encoded

    return convert
