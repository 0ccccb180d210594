"""One render of a batch, and what its result is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import nearest
from flowstyle.media.picture_folder import is_pattern
from flowstyle.render.result import Output
from flowstyle.render.style_pictures import name_of
from flowstyle.settings import Settings

USUAL_NAME = "{clip}_{style}.mp4"
USUAL_NAME_WITH_SETTINGS = "{clip}_{style}_{settings}.mp4"


@dataclass(frozen=True)
class Job:
    """One clip in one style.

    Args:
        number: in the batch, from 1.
        table: number of the ``[[job]]`` that it comes from, from 1.
        clip: a video, a folder of pictures, or a pattern.
        styles: one picture or network, or several pictures that are blended.
        variant: name of its settings, where they have one.
        settings: what decides the pixels.
        given: names of the settings that are its own, not the defaults of all jobs.
        output: how the result is written.
        path: where it goes.
        blend: weight of each style; None weighs them alike.
        budget: seconds in which it is to end.
    """

    number: int
    table: int
    clip: Path
    styles: tuple[Path, ...]
    variant: str
    settings: Settings
    given: frozenset[str]
    output: Output
    path: Path
    blend: tuple[float, ...] | None = None
    budget: float | None = None

    @property
    def name(self) -> str:
        """For a person: ``beach.mp4 × night.jpg, soft``."""
        pair = f"{self.clip.name} × {' + '.join(style.name for style in self.styles)}"
        return f"{pair}, {self.variant}" if self.variant else pair

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"job {self.number}: {self.name} ([[job]] {self.table})"


def result_name(
    pattern: str, clip: Path, styles: tuple[Path, ...], variant: str, place: str
) -> str:
    """A pattern with the names of a job in the places that are kept for them.

    Args:
        pattern: text with ``{clip}``, ``{style}``, ``{settings}``, ``{folder}`` (the clip's).
        clip: of the job.
        styles: of the job.
        variant: name of its settings.
        place: of the table, for messages.

    Raises:
        UsageError: the pattern holds another name in braces.

    Example:
        >>> styles = (Path("night.jpg"), Path("waves.jpg"))
        >>> result_name("out/{clip}_{style}.mov", Path("in/beach.mp4"), styles, "", "job 1")
        'out/beach_night_waves.mov'
    """
    shown = clip.parent if is_pattern(clip) else clip
    names = {
        "clip": shown.stem or shown.resolve().stem,
        "style": "_".join(map(name_of, styles)),
        "settings": variant,
        "folder": shown.absolute().parent.name,
    }

    def name_for(found: re.Match[str]) -> str:
        if found[1] in names:
            return names[found[1]]
        near = nearest(found[1], list(names))
        raise UsageError(
            f"{found[0]} stands for nothing in the output {pattern!r}",
            place,
            f"did you mean {{{near}}}?"
            if near
            else "there are {clip}, {style}, {settings}, {folder}",
        )

    return re.sub(r"\{(\w*)\}", name_for, pattern)
