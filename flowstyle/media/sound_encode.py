"""Decodes a track of sound and encodes it anew: gaps stay, and nothing leaves its place."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

from flowstyle.core.events import Notice, Report
from flowstyle.media.pyav_values import exact
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.sound_codecs import SoundEncoding, add_encoded
from flowstyle.media.sound_copy import describe

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

GAP = 0.01
"""Seconds: what is missing for longer is filled with silence, what is too much is cut out."""


class Encode:
    """Encodes one track.

    Args:
        track: of the source.
        stream: the same, open.
        output: the result, before its header is written.
        encoding: how.
        shift: seconds that are taken off all times.
        earliest: what begins before this time of the result is dropped, None for nothing.
        report: told of damage.
    """

    def __init__(
        self,
        track: SideTrack,
        stream: Stream,
        output: OutputContainer,
        encoding: SoundEncoding,
        *,
        shift: Fraction,
        earliest: Fraction | None,
        report: Report,
    ) -> None:
        self._track = track
        self._decoder = cast("AudioStream", stream).codec_context
        self._output = output
        self._encoding = encoding
        self._shift = shift
        self._earliest = earliest
        self._report = report
        self._target = add_encoded(output, encoding)
        describe(self._target, track)
        self._resampler: AudioResampler | None = None
        self._taken: tuple[str, str, int] | None = None
        self._heard = Fraction(0)  # seconds of the result up to which the source was decoded
        self._next = 0  # sample of the result that comes next
        self._begun = False
        self._damaged = False

    def write(self, packet: Packet[Stream]) -> None:
        """Decode one packet of the source and write what comes of it."""
        from flowstyle.media.pyav import av

        try:
            frames = self._decoder.decode(cast("Packet[AudioStream]", packet))
        except av.error.FFmpegError:
            if not self._damaged:
                self._report(Notice(f"{self._track} is damaged: silent there"))
            self._damaged = True
            return
        for frame in frames:
            self._take(frame)

    def finish(self) -> None:
        """Write what decoder, resampler and encoder still hold back."""
        from flowstyle.media.pyav import av

        try:
            frames = self._decoder.decode(None)
        except av.error.FFmpegError:
            frames = []
        for frame in frames:
            self._take(frame)
        self._flush()
        if self._begun:
            self._mux(self._target.encode(None))

    def _take(self, frame: AudioFrame) -> None:
        """Resample and encode one decoded frame."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._taken:  # at the start, or the source changes in the middle
            self._flush()
            self._taken, self._resampler = kind, self._make_resampler()
        if frame.pts is not None and frame.time_base:
            self._heard = frame.pts * exact(frame.time_base) - self._shift
        begins = self._heard
        self._heard += Fraction(frame.samples, frame.sample_rate)
        if self._earliest is not None and begins < self._earliest:
            return
        # In samples of the source, so that a coarse clock moves nothing.
        base = Fraction(1, frame.sample_rate)
        frame.pts, frame.time_base = round(begins / base), base
        if self._resampler is not None:
            self._encode(self._resampler.resample(frame))

    def _make_resampler(self) -> AudioResampler:
        from flowstyle.media.pyav import av

        return av.AudioResampler(
            format=self._target.format,
            layout=self._encoding.layout,
            rate=self._encoding.rate,
            frame_size=self._target.frame_size or None,
            options={"async": "1", "min_hard_comp": str(GAP)},
        )

    def _flush(self) -> None:
        if self._resampler is not None:
            self._encode(self._resampler.resample(None))
        self._resampler = None

    def _encode(self, frames: list[AudioFrame]) -> None:
        """Encode frames, each right after the one before."""
        for frame in frames:
            if frame.pts is not None:
                self._next = max(self._next, frame.pts) if self._begun else frame.pts
            frame.pts, frame.time_base = self._next, Fraction(1, self._encoding.rate)
            self._next += frame.samples
            self._begun = True
            self._mux(self._target.encode(frame))

    def _mux(self, packets: list[Packet[AudioStream]]) -> None:
        """Write packets; not empty ones, as FLAC's last is: in a NUT file they end the sound."""
        self._output.mux([packet for packet in packets if packet.size])
