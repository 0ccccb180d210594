"""All that a result takes over from its clip beside the pictures, decided before any work."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from flowstyle.core.events import Decision, Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.media.all_round import is_whole_map
from flowstyle.media.containers import MUXERS
from flowstyle.media.declared import FLAGGED
from flowstyle.media.even import even_words
from flowstyle.media.extras import Extras, keepable, read_extras
from flowstyle.media.opening import open_clip
from flowstyle.media.pyav_values import exact
from flowstyle.media.side_data import side_data
from flowstyle.media.side_tracks import SideTrack, side_tracks
from flowstyle.media.sound_plan import PlannedSound, Sound, plan_sound
from flowstyle.media.square import square_remark
from flowstyle.media.streams import video_stream
from flowstyle.media.subtitles import PlannedText, plan_text
from flowstyle.media.track_names import lost_names
from flowstyle.media.trial import why_not_copied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from av.container import InputContainer
    from av.video.stream import VideoStream

_NAMED = 12  # so many of what is lost are named, the others counted


@dataclass(frozen=True)
class Carried:
    """What a result takes over.

    Args:
        sound: what becomes of each track of sound.
        copied: subtitles and other streams that are copied.
        texts: subtitles that are written in another kind.
        extras: tags, chapters, time code.
        all_round: the picture keeps its 360° flag.
        lost: names of what is not kept, but for sound.
        remarks: what is odd about the tracks of sound and the shape of pixels.
        times: what becomes of the frames' times, "" where they stay.
        length: seconds of the part that is rendered, None for all.
    """

    sound: tuple[PlannedSound, ...] = ()
    copied: tuple[SideTrack, ...] = ()
    texts: tuple[PlannedText, ...] = ()
    extras: Extras = field(default_factory=Extras)
    all_round: bool = False
    lost: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    times: str = ""
    length: Fraction | None = None

    @property
    def has_streams(self) -> bool:
        """Whether any stream goes beside the pictures."""
        return bool(self.copied or self.texts) or any(one.kept for one in self.sound)

    def decide(self, report: Report) -> None:
        """Say at the start what becomes of the sound, and what is lost."""
        if self.sound:
            report(Decision("audio", "; ".join(map(str, self.sound))))
        if self.texts:
            report(Decision("subtitles", "; ".join(map(str, self.texts))))
        self._tell_rest(report)

    def tell_changes(self, report: Report) -> None:
        """Say only what will not be as in the source."""
        changed = [str(one) for one in self.sound if not one.copied]
        changed += map(str, self.texts)
        if changed:
            report(Notice("; ".join(changed)))
        self._tell_rest(report)

    def _tell_rest(self, report: Report) -> None:
        if self.times:
            report(Decision("times", self.times))
        for remark in self.remarks:
            report(Notice(remark))
        if self.lost:
            more = len(self.lost) - _NAMED
            named = ", ".join(self.lost[:_NAMED])
            report(Notice(f"not kept: {named}" + (f" and {more} more" if more > 0 else "")))


def plan_carried(
    info: ClipInfo, output: Path, asked: Sound = Sound.AUTO, *, length: Fraction | None = None
) -> Carried:
    """Decide what a result takes over.

    Args:
        info: the clip.
        output: the result, already checked.
        asked: what the user wants of the sound.
        length: seconds of the part that is rendered, None for all.

    Raises:
        OutputError: the sound cannot be treated as asked for.
        VideoError: the clip cannot be opened any more.
    """
    if info.is_folder or not info.path.is_file():
        return Carried(length=length)
    suffix = output.suffix.lower()
    with open_clip(info.path) as container:
        stream = video_stream(container, info.path, info.stream)
        tracks = side_tracks(container)
        extras, lost = keepable(read_extras(container, stream, info.clock.origin), suffix)
        lost += _lost_pictures(container, stream)
        flags = _flags(container, stream)
        all_round = _stays_all_round(flags, info, suffix)
        lost += [
            name
            for key, name in _FLAGS.items()
            if key in flags and (key != _ALL_ROUND or not all_round)
        ]
        sounds = [track for track in tracks if track.kind == "audio"]
        remarks = [square_remark(info, output), *_late_sound(container, info, sounds)]
    others = [track for track in tracks if track.kind != "audio"]
    copied = tuple(track for track in others if _is_copied(info.path, track, suffix))
    others = [track for track in others if track not in copied]
    planned = {track: plan_text(info.path, track, suffix) for track in others}
    texts = tuple(text for text in planned.values() if text)
    lost += [str(track) for track, text in planned.items() if not text]
    sound = plan_sound(info.path, sounds, output, asked)
    kept = [one.track for one in sound if one.kept] + [text.track for text in texts]
    lost += lost_names([*kept, *copied], suffix)
    return Carried(
        sound,
        copied,
        texts,
        extras,
        all_round,
        tuple(lost),
        tuple(filter(None, remarks)),
        even_words(info, output),
        length,
    )


def _late_sound(
    container: InputContainer, info: ClipInfo, sounds: Sequence[SideTrack]
) -> Iterator[str]:
    """Sound that begins when the picture is over: some recorders give it another clock."""
    if info.duration_pts is None:
        return
    end = (info.start_pts + info.duration_pts) * info.time_base
    for track in sounds:
        stream = container.streams[track.index]
        if stream.start_time is None or not stream.time_base:
            continue
        begins = stream.start_time * exact(stream.time_base) - info.clock.origin
        if begins > end:
            yield (
                f"{track} begins at {float(begins):.2f} s, when the picture is over "
                f"({float(end):.2f} s); it stays there"
            )


def _is_copied(clip: Path, track: SideTrack, suffix: str) -> bool:
    if suffix not in MUXERS:
        return False
    if track.kind == "attachment":
        return suffix == ".mkv" and bool(track.name)
    return not why_not_copied(clip, track.index, suffix)


def _lost_pictures(container: InputContainer, stream: VideoStream) -> list[str]:
    """Further streams of pictures."""
    from flowstyle.media.pyav import av

    lost = []
    for other in container.streams.video:
        if other.index == stream.index:
            continue
        is_cover = other.disposition & av.stream.Disposition.attached_pic
        lost.append(f"cover picture {other.index}" if is_cover else f"video stream {other.index}")
    return lost


_ALL_ROUND = "SPHERICAL"
_FLAGS = {_ALL_ROUND: "360° flag", "STEREO3D": "3D flag", "A53_CC": "closed captions"}
"""FFmpeg's names of what only a frame tells, and what a person calls it."""


def _flags(container: InputContainer, stream: VideoStream) -> dict[str, bytes]:
    """What the first frame tells: that it goes all round, is for two eyes, or speaks."""
    from flowstyle.media.pyav import av

    try:
        frame = next(container.decode(stream), None)
    except av.error.FFmpegError:
        return {}
    told = {} if frame is None else side_data(frame)
    return {key: told[key] for key in _FLAGS if key in told}


def _stays_all_round(flags: Mapping[str, bytes], info: ClipInfo, suffix: str) -> bool:
    """Whether the result is a map of everything as its clip is: not cut, not turned upright."""
    is_as_stored = not any(info.crop) and not info.rotation and not info.flipped
    return suffix in FLAGGED and is_as_stored and is_whole_map(flags.get(_ALL_ROUND, b""))
