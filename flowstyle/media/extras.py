"""What a clip says beside its streams: tags, chapters, time code; and what of it a file keeps."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, cast

from flowstyle.media.containers import MUXERS, trial_options
from flowstyle.media.pyav_values import exact, readable
from flowstyle.media.timecode import advanced
from flowstyle.media.track_names import name_track

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

# What describes the old file, and not what is in it.
_OF_THE_FILE = {
    *("major_brand", "minor_version", "compatible_brands", "encoder", "encoded_by", "software"),
    *("duration", "handler_name", "vendor_id", "timecode"),
    # Of an MXF file: which program wrote it, and the numbers of its parts.
    *("operational_pattern_ul", "uid", "generation_uid", "company_name", "product_name"),
    *("product_version_num", "product_version", "application_platform", "product_uid"),
    *("toolkit_version_num", "material_package_umid", "file_package_umid", "modification_date"),
}
_UNSET = ("1904-01-01T00:00:00", "1970-01-01T00:00:00")
"""Times that the zero of a file's clock stands for: nobody said when it was made."""
_APPLE = "com.apple.quicktime."
_APPLE_NAMES = {
    "location.iso6709": "location",
    "creationdate": "date",
    **{name: name for name in ("make", "model", "title", "artist", "description", "comment")},
}
_OF_THE_PICTURE = ("title", "language")


@dataclass(frozen=True)
class Chapter:
    """A chapter.

    Args:
        start: seconds of the clip.
        end: seconds of the clip.
        tags: its title and the like.
    """

    start: Fraction
    end: Fraction
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Extras:
    """What is said of a clip.

    Args:
        tags: of the file: title, creation time, location and so on.
        picture_tags: of the stream of pictures.
        chapters: in the order of time.
        timecode: of the first frame, or "".
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    picture_tags: Mapping[str, str] = field(default_factory=dict)
    chapters: tuple[Chapter, ...] = ()
    timecode: str = ""

    def from_frame(self, index: int, rate: Fraction) -> Extras:
        """The same for a result that begins later.

        Args:
            index: of its first frame.
            rate: frames a second.
        """
        return replace(self, timecode=advanced(self.timecode, index, rate))

    def between(self, begin: Fraction | None, end: Fraction | None) -> Extras:
        """The same with the chapters of a part only.

        Args:
            begin: seconds of the clip, None for its beginning.
            end: seconds of the clip, None for its end.
        """
        inside = [
            replace(
                each,
                start=each.start if begin is None else max(each.start, begin),
                end=each.end if end is None else min(each.end, end),
            )
            for each in self.chapters
        ]
        return replace(self, chapters=tuple(each for each in inside if each.start < each.end))


def read_extras(
    container: InputContainer, stream: VideoStream, origin: Fraction = Fraction(0)
) -> Extras:
    """What an open clip says.

    Args:
        container: the clip.
        stream: its pictures.
        origin: the file's second that is the clip's 0.
    """
    tags = _tags_of(readable(container.metadata))
    chapters = [
        Chapter(
            each["start"] * (exact(each["time_base"]) or 1) - origin,
            each["end"] * (exact(each["time_base"]) or 1) - origin,
            readable(each["metadata"]),
        )
        for each in container.chapters()
    ]
    places = (stream, container, *container.streams)
    timecodes = [_lower(readable(each.metadata)).get("timecode", "") for each in places]
    said = _lower(readable(stream.metadata))
    said["title"] = said.get("title") or said.get("name", "")  # as MP4 calls it
    return Extras(
        tags,
        {key: said[key] for key in _OF_THE_PICTURE if said.get(key, "und") not in ("", "und")},
        tuple(sorted(chapters, key=lambda each: each.start)),
        next(filter(None, timecodes), ""),
    )


def _tags_of(metadata: Mapping[str, str]) -> dict[str, str]:
    """The tags that say something of what is in a file, each once.

    Apple's are called as all others are, where others have a name for it. One that says something
    else than its namesake keeps its long name, but for a place that is told a second time with its
    height.
    """
    known = _lower(metadata)
    tags: dict[str, str] = {}
    for key, value in metadata.items():
        name = key.lower()
        base = name.partition("-")[0]
        is_double = base != name and metadata.get(base) == value
        unset = name == "creation_time" and value.startswith(_UNSET)
        if name in _OF_THE_FILE or is_double or unset or not value:
            continue
        if not name.startswith(_APPLE):
            tags[key] = value
            continue
        short = _APPLE_NAMES.get(name.removeprefix(_APPLE))
        if short is None:
            tags[key] = value
        elif short not in known:
            tags[short] = value
        elif known[short] != value and not _are_one_place(value, known[short]):
            tags[key] = value
    for key, value in tags.items():
        if key.lower() == "location":
            higher = known.get(_APPLE + "location.iso6709", "")
            is_higher = len(higher) > len(value) and _are_one_place(value, higher)
            tags[key] = higher if is_higher else value
    return tags


def _are_one_place(one: str, other: str) -> bool:
    """Whether two places of ISO 6709 are the same, one with its height and one without."""
    short, long = sorted((one.rstrip("/"), other.rstrip("/")), key=len)
    return short[:1] in ("+", "-") and long.startswith(short)


def _lower(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags under small names: Matroska's are in capitals."""
    return {key.lower(): value for key, value in tags.items()}


def write_extras(
    extras: Extras, container: OutputContainer, stream: VideoStream, shift: Fraction
) -> None:
    """Give a result what is said of its source, before its header is written.

    Args:
        extras: what is said.
        container: the result.
        stream: its pictures.
        shift: seconds that are taken off all times.
    """
    container.metadata.update(extras.tags)
    tags = extras.picture_tags
    name_track(stream, tags.get("language", ""), tags.get("title", ""))
    if extras.timecode:
        stream.metadata["timecode"] = extras.timecode
    base = Fraction(1, 1_000_000)
    container.set_chapters(
        [
            {
                "id": number,
                "start": max(0, round((each.start - shift) / base)),
                "end": max(0, round((each.end - shift) / base)),
                "time_base": base,
                "metadata": dict(each.tags),
            }
            for number, each in enumerate(extras.chapters, start=1)
        ]
    )


def keepable(extras: Extras, suffix: str) -> tuple[Extras, list[str]]:
    """Try what a container keeps, in memory.

    Args:
        extras: what is said of a clip.
        suffix: of the result.

    Returns:
        What is kept, and names of what is not.
    """
    if suffix not in MUXERS:
        found, kept = Extras(), Extras()
    else:
        found = _tried(extras, suffix)
        known = _lower(found.tags)
        kept = replace(
            extras,
            tags={key: value for key, value in extras.tags.items() if key.lower() in known},
            chapters=extras.chapters if len(found.chapters) == len(extras.chapters) else (),
            timecode=extras.timecode if found.timecode == extras.timecode else "",
        )
    lost = []
    if extras.chapters and not kept.chapters:
        lost.append(f"{len(extras.chapters)} chapters")
    if extras.timecode and not kept.timecode:
        lost.append(f"time code {extras.timecode}")
    lost += [f"tag {key}" for key in extras.tags if key not in kept.tags]
    if "title" in extras.picture_tags and "title" not in found.picture_tags:
        lost.append("title of the picture")
    return kept, lost


def _tried(extras: Extras, suffix: str) -> Extras:
    """What is read from a small file of that kind that was given all of it."""
    from flowstyle.media.pyav import av, tag_options

    file = io.BytesIO()
    options = trial_options(suffix)
    encoder = cast("Literal['mpeg4']", "libvpx" if suffix == ".webm" else "mpeg4")
    try:
        with av.open(file, "w", format=MUXERS[suffix], container_options=options) as output:
            stream = output.add_stream(encoder, rate=25)
            stream.width = stream.height = 32
            stream.pix_fmt = "yuv420p"
            write_extras(extras, output, stream, Fraction(0))
            output.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
            output.mux(stream.encode(None))
        file.seek(0)
        with av.open(file, "r", **tag_options()) as result:
            return read_extras(result, result.streams.video[0])
    except (av.error.FFmpegError, ValueError, OSError):
        return Extras()
