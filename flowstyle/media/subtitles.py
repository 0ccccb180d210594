"""Subtitles of text that a container does not take as they are: written in the kind that it has."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flowstyle.media.containers import MUXERS, trial_options
from flowstyle.media.opening import open_clip
from flowstyle.media.pyav_values import exact
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.sound_copy import describe
from flowstyle.media.trial import first_packets

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.subtitles.codeccontext import SubtitleCodecContext
    from av.subtitles.stream import SubtitleStream

KINDS_OF_TEXT = {
    ".mp4": "mov_text",
    ".m4v": "mov_text",
    ".mov": "mov_text",
    ".mkv": "subrip",
    ".webm": "webvtt",
}
"""FFmpeg's encoder of subtitles for each suffix. A NUT file keeps no text's length."""

_TEXT = ("subrip", "ass", "webvtt", "mov_text", "text")
_TICK = Fraction(1, 1000)  # seconds: the clock of all of these
_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""How plain text looks, for decoders that do not say it."""


@dataclass(frozen=True)
class PlannedText:
    """Subtitles that are written in another kind.

    Args:
        track: the source's.
        codec: FFmpeg's name of the new kind.
    """

    track: SideTrack
    codec: str

    def __str__(self) -> str:
        """For a person.

        Example:
            >>> str(PlannedText(SideTrack(3, "subtitle", "subrip", language="fra"), "mov_text"))
            'subtitles 3 (subrip, fra) written as mov_text'
        """
        return f"{self.track} written as {self.codec}"


class Convert:
    """Writes the lines of one track in another kind.

    Args:
        planned: what becomes of the track.
        stream: the track, open.
        output: the result, before its header is written.
        shift: seconds that are taken off all times.

    Raises:
        ValueError: the container does not hold the kind.
    """

    def __init__(
        self,
        planned: PlannedText,
        stream: Stream,
        output: OutputContainer,
        *,
        shift: Fraction,
    ) -> None:
        self._decoder = cast("SubtitleCodecContext", stream.codec_context)
        self._decoder.open(strict=False)
        target = output.add_stream(planned.codec)
        self._target = cast("SubtitleStream", target)
        self._encoder = cast("SubtitleCodecContext", target.codec_context)
        self._encoder.subtitle_header = self._decoder.subtitle_header or _HEADER
        self._encoder.time_base = target.time_base = _TICK
        self._output = output
        self._shift = shift
        self._last = -1
        describe(self._target, planned.track)

    def write(self, packet: Packet[Stream]) -> None:
        """Write the line that one packet of the source holds, if any."""
        from flowstyle.media.pyav import av

        try:
            line = self._decoder.decode2(packet)
        except av.error.FFmpegError:
            return  # one that is damaged
        if line is None or not len(line):
            return
        base = exact(packet.time_base)
        length = (packet.duration or 0) * base
        if not length:
            length = line.end_display_time * Fraction(1, 1000)
        text = self._encoder.encode_subtitle(line)
        at = round(((packet.pts or 0) * base - self._shift) / _TICK)
        # Two lines at one time follow each other by a tick: MP4 refuses equal times.
        self._last = max(at, self._last + 1, 0)
        text.pts = text.dts = self._last
        text.duration = round(length / _TICK)
        text.time_base, text.stream = _TICK, self._target
        self._output.mux(text)

    def finish(self) -> None:
        """Nothing is held back."""


def plan_text(clip: Path, track: SideTrack, suffix: str) -> PlannedText | None:
    """Try to write a track in the kind that a container has, in memory, with its first lines.

    Args:
        clip: the source.
        track: its subtitles.
        suffix: of the result.

    Returns:
        None where it cannot be: pictures of text, damaged ones, a container without subtitles.
    """
    from flowstyle.media.pyav import av

    codec = KINDS_OF_TEXT.get(suffix)
    if codec is None or track.kind != "subtitle" or track.codec not in _TEXT:
        return None
    planned, file = PlannedText(track, codec), io.BytesIO()
    try:
        with (
            open_clip(clip) as source,
            av.open(
                file, "w", format=MUXERS[suffix], container_options=trial_options(suffix)
            ) as output,
        ):
            stream = source.streams[track.index]
            way = Convert(planned, stream, output, shift=Fraction(0))
            for packet in first_packets(source, stream):
                way.write(packet)
        file.seek(0)
        with av.open(file, "r") as result:
            found = result.streams.subtitles
            kept = bool(found) and found[0].codec_context.codec.canonical_name == codec
    except (av.error.FFmpegError, OSError, ValueError):
        return None  # also where no line was written: then there is no file
    return planned if kept else None
