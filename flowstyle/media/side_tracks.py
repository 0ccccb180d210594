"""The streams beside the picture, as a clip declares them: sound, subtitles, data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from flowstyle.media.pyav_values import exact, readable

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

KINDS = {"audio": "sound", "subtitle": "subtitles", "data": "data", "attachment": "attachment"}
"""FFmpeg's kinds of streams, and what a person calls them."""


@dataclass(frozen=True)
class SideTrack:
    """One stream beside the picture.

    Args:
        index: of the stream in its file.
        kind: a key of :data:`KINDS`.
        codec: FFmpeg's name, "" where it has none.
        layout: of the channels, for instance ``5.1(side)``; "" where the file does not name it.
        channels: how many, 0 where the file does not say.
        rate: samples a second, 0 where the file does not say.
        language: three letters, or "".
        title: as the file names the stream, or "".
        disposition: FFmpeg's flags: default, forced and so on.
        name: of the file that an attachment holds.
    """

    index: int
    kind: str
    codec: str
    layout: str = ""
    channels: int = 0
    rate: int = 0
    language: str = ""
    title: str = ""
    disposition: int = 0
    name: str = ""

    def __str__(self) -> str:
        """For a person.

        Example:
            >>> str(SideTrack(1, "audio", "aac", "stereo", 2, 48000, "deu", "Main"))
            'sound 1 (aac, stereo, 48000 Hz, deu, “Main”)'
        """
        layout = self.layout or (f"{self.channels} channels" if self.channels else "")
        rate = f"{self.rate} Hz" if self.rate else ""
        title = f"“{self.title}”" if self.title else ""
        facts = [self.codec or "of an unknown kind", layout, rate, self.language, title, self.name]
        return f"{KINDS[self.kind]} {self.index} ({', '.join(filter(None, facts))})"


def side_tracks(container: InputContainer) -> list[SideTrack]:
    """All streams beside the picture that say something of their own, in the file's order.

    Tracks that hold what the container tells in other ways too are left out: the text of chapters,
    the clock of a time code, the menu of a disc.

    Args:
        container: an open clip.
    """
    return [
        _described(stream)
        for stream in container.streams
        if stream.type in KINDS and not _is_told_otherwise(stream, container)
    ]


def _is_told_otherwise(stream: Stream, container: InputContainer) -> bool:
    """Whether the container tells in other ways what a stream holds."""
    if _name(stream) == "dvd_nav_packet":
        return True
    if stream.type not in ("data", "subtitle") or "mov" not in container.format.name.split(","):
        return False
    if stream.type == "data" and "timecode" in stream.metadata:
        return True
    # The titles of chapters are a track of text, one for each; FFmpeg takes it for subtitles where
    # there is a time code too.
    chapters = container.chapters()
    begins = [each["start"] * (exact(each["time_base"]) or 1) for each in chapters]
    base = exact(stream.time_base) or Fraction(1)
    texts = [entry.timestamp * base for entry in stream.index_entries]
    return len(texts) == len(begins) > 0 and all(
        abs(text - begin) < _NEAR for text, begin in zip(texts, begins, strict=True)
    )


_NEAR = Fraction(1, 500)  # seconds


def _name(stream: Stream) -> str:
    """The codec of a stream."""
    if stream.type == "attachment":
        return readable(stream.metadata).get("mimetype", "")
    if stream.codec_context is not None:
        return stream.codec_context.codec.canonical_name
    return getattr(stream, "name", None) or ""


def _described(stream: Stream) -> SideTrack:
    data = readable(stream.metadata)
    layout, channels, rate = "", 0, 0
    if stream.type == "audio" and stream.codec_context is not None:
        sound = cast("AudioStream", stream).codec_context
        channels, rate = sound.layout.nb_channels, sound.sample_rate or 0
        layout = "" if sound.layout.name.endswith(" channels") else sound.layout.name
    language = data.get("language", "")
    return SideTrack(
        stream.index,
        stream.type,
        _name(stream),
        layout=layout,
        channels=channels,
        rate=rate,
        language="" if language == "und" else language,
        title=data.get("title") or data.get("name", ""),
        disposition=int(stream.disposition),
        name=data.get("filename", ""),
    )
