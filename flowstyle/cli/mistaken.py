"""Clips, styles and results in each other's place: found by their names, before anything loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from flowstyle.cli.arguments import Words
from flowstyle.core import disk
from flowstyle.core.errors import OutputError, StyleImageError, UsageError, VideoError
from flowstyle.core.nearby import advice_for
from flowstyle.media import avif
from flowstyle.media.foreign import is_moving
from flowstyle.media.frame_names import has_neighbours, refuse_row
from flowstyle.media.picture_file import refuse_animation
from flowstyle.media.picture_folder import READ, SUFFIXES, is_pattern, is_picture
from flowstyle.networks.card import SUFFIX
from flowstyle.networks.names import as_network, is_a_network, meant_network
from flowstyle.settings import preset_names

_UNREAD = (".heic", ".heif", ".svg", ".psd")
PICTURES = (*READ, ".jfif", *_UNREAD)
VIDEOS = (
    *(".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
    *(".vob", ".wmv", ".asf", ".flv", ".3gp", ".ogv", ".mxf", ".nut", ".y4m", ".dv"),
)
SOUNDS = (".mp3", ".wav", ".aac", ".m4a", ".flac", ".ogg", ".opus", ".wma")

NEEDED = {
    "run": ("the clip", "the style"),
    "batch": ("the file of jobs",),
    "preview": ("the clip", "the style"),
    "image": ("the photograph",),
    "flow": ("the clip",),
    "eval": ("the clip before", "the clip after"),
    "mask": ("the flow", "the flow back"),
    "train": ("the picture",),
    "compare": ("the first clip", "the second clip"),
    "debug": ("the work folder",),
}
"""What each command must be told, in order."""

LIKE = {
    "run": "flowstyle run CLIP.mp4 STYLE.jpg",
    "batch": "flowstyle batch JOBS.toml",
    "preview": "flowstyle preview CLIP.mp4 STYLE.jpg",
    "image": "flowstyle image PHOTO.jpg STYLE.jpg",
    "flow": "flowstyle flow CLIP.mp4",
    "train": "flowstyle train STYLE.jpg",
    "eval": "flowstyle eval CLIP.mp4 STYLED.mp4",
    "mask": "flowstyle mask backward_2_1.flo forward_1_2.flo -o MASK.png",
    "compare": "flowstyle compare CLIP.mp4 STYLED.mp4 -o BOTH.mp4",
    "debug": "flowstyle debug STYLED.mp4.flowstyle --frame 12 -o FRAME.png",
    "styles": "flowstyle styles NAME --show STYLE.png",
    "presets": "flowstyle presets draft",
    "weights": "flowstyle weights verify FILE",
    "doctor": "flowstyle doctor",
    "studio": "flowstyle studio",
}
LISTING = ("list", "show", "ls", "all", "info")
"""What other programs want before a name, or in place of one."""
MOST = {
    "batch": 1,
    "styles": 1,
    "presets": 1,
    "weights": 2,
    "flow": 1,
    "eval": 2,
    "mask": 2,
    "debug": 1,
    "doctor": 1,
    "studio": 0,
}
"""How many words a command takes, where that is limited."""


def check_words(words: Words) -> None:
    """Refuse what cannot be meant, and say what probably was.

    Args:
        words: of a command line.

    Raises:
        UsageError: words are missing, too many, or in the wrong order.
        VideoError: in the place of the clip stands something else.
        StyleImageError: in the place of a picture stands something else.
        OutputError: the result's name is of another kind than the result.
    """
    if not words.command:
        return
    _check_blanks(words)
    _check_number(words)
    if words.command == "run":
        _check_clip(words.named[0], words.named[1:])
        _check_styles(words)
        _check_clip_output(words.output)
    elif words.command == "preview":
        _check_clip(words.named[0], words.named[1:])
        _check_styles(words)
        _check_picture_output(words.output)
    elif words.command == "image":
        _check_photo(words.named[0], words.named[1:])
        _check_styles(words)
        if words.output is not None and _kind(words.output) == "video":
            raise OutputError(
                "a photograph is not written as a video",
                words.output,
                f"-o {Path(words.output).with_suffix('.png')}; clips are painted by flowstyle run",
            )
    elif words.command == "flow":
        _check_clip(words.named[0], ())
        _check_clip_output(words.output)
    elif words.command == "compare":
        for clip in words.named:
            _check_clip(clip, ())
        _check_clip_output(words.output)
    elif words.command == "eval":
        _check_measured(words.named)
    elif words.command == "mask":
        _check_flows(words.named)
    elif words.command == "train":
        _check_lesson(words.named)


def _kind(text: str) -> str:
    """picture, network, video, sound, folder, or "" where it does not say; a GIF is both."""
    path = as_network(Path(text))
    if disk.is_folder(path) or is_pattern(path):
        return "folder"
    suffix = path.suffix.lower()
    if suffix in (".avif", ".heif", ".heic") and is_moving(path):
        return ""
    kinds = {"picture": PICTURES, "video": VIDEOS, "sound": SOUNDS, "network": (SUFFIX,)}
    return next((kind for kind, suffixes in kinds.items() if suffix in suffixes), "")


def _exists(text: str) -> bool:
    return not disk.why_missing(Path(text))


def _line(*words: str) -> str:
    """A command to type."""
    return " ".join(("flowstyle", *(f"'{word}'" if " " in word else word for word in words)))


def _check_blanks(words: Words) -> None:
    """Refuse a name with blanks that the shell has taken for several."""
    named = words.named
    for first in range(len(named)):
        for last in range(first + 2, len(named) + 1):
            whole = " ".join(named[first:last])
            if _exists(whole) and not all(map(_exists, named[first:last])):
                line = _line(words.command, *named[:first], whole, *named[last:])
                given = " ".join(("flowstyle", words.command, *named))
                raise UsageError("a name with blanks was given without quotes", given, line)


def _check_number(words: Words) -> None:
    """Refuse too few and too many words."""
    command, named = words.command, words.named
    needed = NEEDED.get(command, ())
    given = _line(command, *named)
    if len(named) < len(needed):
        like = LIKE[command]
        if command in ("run", "preview") and named:
            first = _kind(named[0]) in ("picture", "network")
            like = _line(command, *(("CLIP.mp4", named[0]) if first else (named[0], "STYLE.jpg")))
        raise UsageError(f"{needed[len(named)]} is missing", given, f"write it like {like}")
    nameless = command == "compare" or (command == "mask" and len(named) == 2)
    if nameless and words.output is None:
        raise UsageError("the result has no name", given, f"write it like {LIKE[command]}")
    if command in ("styles", "presets") and named[:1] and named[0] in LISTING:
        raise UsageError(f"{named[0]} is no word of {command}", given, _line(command, *named[1:]))
    extra = named[MOST.get(command, len(named)) :]
    if extra:
        raise UsageError(f"{extra[0]} is one word too many", given, _about_extra(words, extra))


def _about_extra(words: Words, extra: Sequence[str]) -> str:
    """What to do about words that a command does not take."""
    command, named = words.command, words.named
    if command == "eval" and _kind(extra[0]) == "picture":
        return _line("eval", *named[:2], "--style", extra[0])
    if command == "flow" and _kind(named[0]) == "picture" and has_neighbours(Path(named[0])):
        return f"give the folder of the frames: {_line('flow', str(Path(named[0]).parent))}"
    if command in ("flow", "mask") and len(extra) == 1:
        return f"-o names the result: {_line(command, *named[: MOST[command]], '-o', extra[0])}"
    return f"write it like {LIKE[command]}"


def _check_clip(clip: str, styles: Sequence[str]) -> None:
    """Refuse a picture where a clip is expected."""
    if _kind(clip) == "sound":
        raise VideoError("this is sound, not a clip", clip, "give a video or a folder of frames")
    if _kind(clip) == "network":
        _refuse_network("run", clip, styles, ("video", "folder"))
    if _kind(clip) != "picture" or not _exists(clip):
        return
    moving = [style for style in styles if _kind(style) in ("video", "folder") and _exists(style)]
    if moving:
        raise _style_first("run", clip, moving[0], styles)
    path, used = Path(clip), styles or ["STYLE.jpg"]
    refuse_row(path, [Path(style) for style in styles])
    refuse_animation(path)
    if path.suffix.lower() in (*_UNREAD, *(() if avif.is_read() else (avif.SUFFIX,))):
        line = _line("image", str(path.with_suffix(".jpg")), *used)
        advice = f"save it as JPEG or PNG first, then {line}"
    else:
        folder = f"their folder, {path.parent}" if has_neighbours(path) else "a folder of their own"
        advice = f"for a photograph {_line('image', clip, *used)}; of frames give {folder}"
    raise VideoError("this is one picture, not a clip", clip, advice)


def _refuse_network(
    command: str, network: str, styles: Sequence[str], kinds: Sequence[str]
) -> NoReturn:
    """Say what a trained network in the place of a clip or photograph was meant for."""
    meant = next((style for style in styles if _kind(style) in kinds and _exists(style)), None)
    if meant is not None:
        raise _style_first(command, network, meant, styles)
    raise UsageError(
        f"a trained network stands in the place of {NEEDED[command][0]}",
        network,
        f"it is a style: {LIKE[command].rpartition(' ')[0]} {network}",
    )


def _style_first(command: str, first: str, meant: str, styles: Sequence[str]) -> UsageError:
    """A style stands where what is to be painted belongs."""
    rest = [style for style in styles if style != meant]
    what = "clip" if command == "run" else "photograph"
    return UsageError(
        f"the style stands in the place of the {what}",
        f"{first} {meant}",
        f"the {what} comes first: {_line(command, meant, first, *rest)}",
    )


def _check_photo(photo: str, styles: Sequence[str]) -> None:
    """Refuse a clip or a trained network where a photograph is expected."""
    if _kind(photo) == "network":
        _refuse_network("image", photo, styles, ("picture",))
    if _kind(photo) in ("video", "folder"):
        what = "a video" if _kind(photo) == "video" else "a folder"
        raise StyleImageError(
            f"this is {what}, and image paints photographs",
            photo,
            f"clips are painted by {_line('run', photo, *(styles or ['STYLE.jpg']))}",
        )


def _check_styles(words: Words) -> None:
    """Refuse what is no picture in the place of a style."""
    command, clip, styles = words.command, words.named[0], words.named[1:]
    for place, style in enumerate(styles):
        kind, there = _kind(style), _exists(style)
        others = [one for one in styles if one != style]
        is_result = place == len(styles) - 1 > 0 and words.output is None
        if kind == "video" and is_result and style == clip:
            raise UsageError(
                "the clip was given twice",
                _line(command, *words.named),
                f"give it once: {_line(command, clip, *others)}; -o names the result",
            )
        if kind == "video" and is_result:
            over = ["--overwrite"] if there else []
            raise UsageError(
                f"{style} stands in the place of a style, and is no picture",
                _line(command, *words.named),
                f"-o names the result: {_line(command, clip, *others, '-o', style, *over)}",
            )
        if kind == "video" and not there:
            like = _line(command, clip, "STYLE.jpg", "-o", style)
            raise UsageError(
                "the style is missing", _line(command, *words.named), f"write it like {like}"
            )
        if kind == "video":
            raise StyleImageError("the style is a video", style, _of_video(clip, style, others))
        if kind == "sound":
            raise StyleImageError(
                "a style is a picture, this is sound", style, "the clip's own sound is kept"
            )
        if kind == "folder" and there:
            raise StyleImageError("the style is a folder", style, _of_folder(style, is_result))
        if not there and kind != "network":
            _check_missing(style, is_result)


def _of_video(clip: str, style: str, others: Sequence[str]) -> str:
    """What to do about a video in the place of a style."""
    if _kind(clip) == "video" and any(_kind(one) == "picture" for one in others):
        return "clips are painted one at a time: give one clip, then the style"
    return (
        f"give a picture, for instance one of its frames: ffmpeg -i {style} -frames:v 1 STYLE.png"
    )


def _of_folder(style: str, is_result: bool) -> str:
    """What to do about a folder in the place of a style."""
    pattern = (path for path in Path(style).glob("*") if is_picture(path))
    inside = min(pattern, default=None)  # glob passes over folders that may not be read
    advice = f"give a picture in it: {inside}" if inside else "give a picture"
    return f"{advice}; if the result is to go there: -o {style}/NAME.mp4" if is_result else advice


def _check_missing(style: str, is_result: bool) -> None:
    """Refuse what may be the value of an option, or the result's name."""
    if style in preset_names():
        raise UsageError(f"{style} stands in the place of a style", style, f"--preset {style}")
    if style.replace(".", "", 1).isdigit():
        raise UsageError(
            f"{style} stands in the place of a style",
            style,
            f"a number belongs to an option, such as --width {style}",
        )
    bare = Path(style).name == style and not Path(style).suffix
    if bare and not advice_for(Path(style), ""):
        raise StyleImageError(
            "there is neither a picture nor a trained network of this name",
            style,
            f"{meant_network(style)}; or give a picture's file",
        )
    stem = Path(style).stem
    if Path(style).name == style and is_a_network(stem) and not advice_for(Path(style), ""):
        raise StyleImageError(
            "the picture does not exist",
            style,
            f"{stem} is a trained network: give {stem} without the ending; or a picture's file",
        )
    if is_result and _kind(style) == "picture":
        advice = advice_for(Path(style), "check the path")
        raise StyleImageError(
            "the picture does not exist", style, f"{advice}; or is it the result? -o names that"
        )


def _check_clip_output(output: str | None) -> None:
    """Refuse one picture as the result of a clip."""
    if output is None or _kind(output) != "picture" or Path(output).suffix.lower() == ".webp":
        return
    path = Path(output)
    suffix = path.suffix if path.suffix.lower() in SUFFIXES else ".png"
    raise OutputError(
        "a clip is not written as one picture",
        output,
        f"-o {path.with_suffix('.mp4')} for a video, -o {path.with_suffix('')}/%06d{suffix} "
        "for a folder of pictures; photographs are painted by flowstyle image",
    )


def _check_picture_output(output: str | None) -> None:
    """Refuse a video as the sheet of a preview."""
    if output is not None and _kind(output) == "video":
        path = Path(output)
        raise OutputError(
            "the sheet of a preview is a picture",
            output,
            f"-o {path.with_suffix('.png')}; the moving piece goes beside it, as "
            f"{path.with_suffix('.webp').name}",
        )


def _check_measured(named: Sequence[str]) -> None:
    """Refuse a picture beside a clip; two pictures can be compared."""
    pictures = [word for word in named if _kind(word) == "picture" and _exists(word)]
    for word in pictures:
        if len(pictures) < len(named):
            clip = next((one for one in named if one != word), "CLIP.mp4")
            like = _line("eval", clip, "STYLED.mp4", "--style", word)
            raise UsageError(
                "two clips are compared, and this is a picture",
                word,
                f"the style follows an option: {like}",
            )


def _check_lesson(named: Sequence[str]) -> None:
    """Refuse a network where the picture to be learned is expected."""
    for word in named:
        if _kind(word) == "network":
            raise UsageError(
                "this is a trained network, and a picture is learned",
                word,
                f"flowstyle run CLIP.mp4 {word} paints with it; flowstyle train STYLE.jpg --start "
                f"{as_network(Path(word))} begins with it",
            )


def _check_flows(named: Sequence[str]) -> None:
    """Refuse clips where files of flow are expected."""
    for word in named:
        if _kind(word) in ("video", "folder"):
            raise UsageError(
                "a mask is made of two files of flow",
                word,
                f"they are written by {_line('flow', word, '--write-flo', 'FOLDER')}",
            )
