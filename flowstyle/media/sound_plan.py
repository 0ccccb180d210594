"""What becomes of a clip's sound, decided before anything is painted.

A track is copied where the container takes its packets (they are tried), else encoded, else left
out; each is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from flowstyle.core.errors import OutputError, UsageError
from flowstyle.media.containers import MUXERS
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.sound_codecs import SoundEncoding, encoding_for
from flowstyle.media.trial import why_not_copied


class Sound(StrEnum):
    """What is wanted."""

    AUTO = "auto"
    COPY = "copy"
    ENCODE = "encode"
    NONE = "none"


SOUND = tuple(each.value for each in Sound if each is not Sound.AUTO)
"""What a user may ask for."""


@dataclass(frozen=True)
class PlannedSound:
    """What becomes of one track.

    Args:
        track: the source's.
        copied: its packets are copied.
        encoding: how it is encoded, None where it is not.
        reason: why it is not copied; "" where it is, or was asked to be encoded.
    """

    track: SideTrack
    copied: bool
    encoding: SoundEncoding | None = None
    reason: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is in the result."""
        return self.copied or self.encoding is not None

    def __str__(self) -> str:
        """For a person.

        Example:
            >>> track = SideTrack(1, "audio", "ac3", "5.1(side)", 6, 48000)
            >>> str(PlannedSound(track, False, SoundEncoding("libopus", "5.1", 48000)))
            'sound 1 (ac3, 5.1(side), 48000 Hz) encoded as Opus, 5.1, 48000 Hz'
        """
        why = f": {self.reason}" if self.reason else ""
        if self.copied:
            return f"{self.track} copied"
        if self.encoding is None:
            return f"{self.track} left out{why}"
        choice = self.encoding
        return f"{self.track} encoded as {choice.name}, {choice.layout}, {choice.rate} Hz{why}"


def sound_asked(text: str | None) -> Sound:
    """What a user's word means; None stands for the usual.

    Raises:
        UsageError: there is no such word.
    """
    if text is None:
        return Sound.AUTO
    if text not in SOUND:
        raise UsageError(
            f"sound cannot be treated by {text!r}", "--audio", f"use one of {', '.join(SOUND)}"
        )
    return Sound(text)


def plan_sound(
    clip: Path, tracks: Iterable[SideTrack], output: Path, asked: Sound = Sound.AUTO
) -> tuple[PlannedSound, ...]:
    """Decide for each track.

    Args:
        clip: the source.
        tracks: its sound.
        output: the result, already checked.
        asked: what the user wants.

    Raises:
        OutputError: a track cannot be treated as asked for.
    """
    if asked is Sound.NONE:
        return ()
    planned = tuple(_plan(clip, track, output, asked) for track in tracks)
    for one in planned:
        if asked is Sound.COPY and not one.copied:
            raise OutputError(
                f"{one.track} cannot be copied: {one.reason}",
                output,
                "leave --audio copy out, "
                + ("which encodes it, " if output.suffix.lower() in MUXERS else "")
                + "or write an .mkv file",
            )
        if asked is Sound.ENCODE and one.encoding is None:
            raise OutputError(
                f"{one.track} cannot be encoded: {one.reason}",
                output,
                "leave --audio encode out, or give --audio none",
            )
    return planned


def _plan(clip: Path, track: SideTrack, output: Path, asked: Sound) -> PlannedSound:
    suffix = output.suffix.lower()
    if suffix not in MUXERS:
        kind = suffix or "a folder of pictures"
        return PlannedSound(track, False, reason=f"{kind} holds no sound")
    reason = ""
    if asked is not Sound.ENCODE:
        failure = _hindrance(track) or why_not_copied(clip, track.index, suffix)
        if not failure:
            return PlannedSound(track, True)
        reason = f"{suffix} does not take it as it is ({failure})"
        if asked is Sound.COPY:
            return PlannedSound(track, False, reason=reason)
    if not track.codec:
        return PlannedSound(track, False, reason="it has no decoder")
    encoding = encoding_for(track, suffix)
    if encoding is None:
        reason = f"it fits no encoder for {suffix}, or is of unknown rate or layout"
    return PlannedSound(track, False, encoding, reason)


def _hindrance(track: SideTrack) -> str:
    """Why a track is copied into no kind of file; "" for nothing."""
    if not track.codec:
        return "it has no decoder"
    return "" if track.rate else "its rate is unknown"
