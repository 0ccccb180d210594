"""Which codec sound gets where a container does not take its packets; it is tried."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from flowstyle.media.containers import MUXERS, trial_options
from flowstyle.media.side_tracks import SideTrack

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

ENCODERS = {
    ".mp4": ("aac",),
    ".m4v": ("aac",),
    ".mov": ("aac",),
    ".mkv": ("aac", "flac"),
    ".webm": ("libopus",),
    ".nut": ("flac", "aac"),
}
"""FFmpeg's encoders for each suffix, the best first. NUT is written without loss, like its FFV1."""

USUAL_LAYOUTS = {
    1: "mono",
    2: "stereo",
    3: "2.1",
    4: "4.0",
    5: "5.0",
    6: "5.1",
    7: "6.1",
    8: "7.1",
}
"""What a number of channels means where a file does not name their layout."""

BITS_A_CHANNEL = 96_000


@dataclass(frozen=True)
class SoundEncoding:
    """How a track is encoded.

    Args:
        encoder: FFmpeg's name.
        layout: of the channels.
        rate: samples a second.
    """

    encoder: str
    layout: str
    rate: int

    @property
    def name(self) -> str:
        """The codec, as people call it."""
        return {"aac": "AAC", "libopus": "Opus", "flac": "FLAC"}[self.encoder]


def encoding_for(track: SideTrack, suffix: str) -> SoundEncoding | None:
    """The best encoding that a container takes.

    Args:
        track: the source's; its layout stays where the encoder knows it, else it becomes the usual
            one of its number of channels, else stereo.
        suffix: of the result.

    Returns:
        None where the track does not say what it is, or nothing fits.
    """
    if not track.channels or not track.rate:
        return None
    for encoder in ENCODERS[suffix]:
        rate = _rate(encoder, track.rate)
        for layout in _layouts(track):
            encoding = SoundEncoding(encoder, layout, rate)
            if _works(encoding, suffix):
                return encoding
    return None


def add_encoded(output: OutputContainer, encoding: SoundEncoding) -> AudioStream:
    """Add a stream to a container whose header is not written yet, and open its encoder.

    Raises:
        FFmpegError: the encoder does not take the layout or the rate.
        ValueError: the container does not hold the codec.
    """
    stream = output.add_stream(cast("Literal['aac']", encoding.encoder), rate=encoding.rate)
    context = stream.codec_context
    context.layout = encoding.layout
    context.time_base = Fraction(1, encoding.rate)
    if encoding.encoder != "flac":
        context.bit_rate = BITS_A_CHANNEL * context.layout.nb_channels
    context.open()
    return stream


def _layouts(track: SideTrack) -> Iterator[str]:
    """Layouts to be tried, the best first."""
    own = track.layout.replace("(side)", "")  # AAC knows six channels of speakers at the back
    usual = USUAL_LAYOUTS.get(track.channels, "stereo")
    yield from dict.fromkeys(filter(None, (own, track.layout, usual, "stereo")))


def _rate(encoder: str, rate: int) -> int:
    """The encoder's rate that loses nothing, or its highest."""
    from flowstyle.media.pyav import av

    if encoder == "libopus":
        return 48000
    known = av.codec.Codec(encoder, "w").audio_rates or [rate]
    return min((each for each in known if each >= rate), default=max(known))


def _works(encoding: SoundEncoding, suffix: str) -> bool:
    """Whether a moment of silence can be encoded so and written."""
    from flowstyle.media.pyav import av

    options = trial_options(suffix)
    try:
        with av.open(io.BytesIO(), "w", format=MUXERS[suffix], container_options=options) as output:
            stream = add_encoded(output, encoding)
            # PyAV counts one plane too many of eight: their samples are given in a row.
            samples = np.zeros((1, 4096 * stream.layout.nb_channels), np.float32)
            silence = av.AudioFrame.from_ndarray(samples, "flt", encoding.layout)
            silence.sample_rate, silence.pts = encoding.rate, 0
            silence.time_base = Fraction(1, encoding.rate)
            output.mux(stream.encode(silence))
            output.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError):
        return False
    return True
