"""Everything that a report says, without its pictures; kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.metrics.summary import ClipFigures

FORMAT = 1
"""Raised when older records cannot be read any more."""


@dataclass(frozen=True)
class UsedSetting:
    """One setting: its panel, its name, its value, the preset's own value, and what it is."""

    panel: str
    name: str
    value: Any
    usual: Any
    help: str


@dataclass(frozen=True)
class Record:
    """A render or an evaluation, in words and figures. Frames count from its first.

    Args:
        kind: ``run`` or ``eval``.
        source: path of the clip.
        result: path of the styled clip.
        styles: paths, or names where there is none.
        command: what makes it again, as it was typed.
        folder: where the command was given.
        written: when, ISO 8601 with the time zone.
        size: (width, height) of the frames.
        start: the first frame's number, as the clip counts.
        frames: how many there are.
        rate: frames a second, as a fraction ``30000/1001``.
        pixel_shape: of a pixel, width over height.
        times: seconds at which frames are shown; empty where all are shown equally long.
        cuts: first frames of shots but the first.
        repeated: frames that stand in for damaged ones.
        complete: whether all of it was painted.
        seconds: that the whole took; None where nobody measured it.
        pace: seconds of painting for each frame of the last run; None where it painted none.
        iterations: of each frame; empty where nothing was painted.
        frame_seconds: that painting took for each frame.
        figures: :meth:`flowstyle.metrics.summary.ClipFigures.as_dict`; None where not measured.
        features: the network that measured style and content.
        unmeasured: why there are no figures.
        decisions: topic and text of each, in order.
        notices: in order.
        settings: of a render.
        original_colors: the source's colours are put back when a frame is shown.
        views: names of what is shown beside source and result.
        versions: of what took part.
        digests: SHA-256 of inputs and networks, by what they are.
    """

    kind: str
    source: str
    result: str
    styles: tuple[str, ...]
    command: str
    folder: str
    written: str
    size: tuple[int, int]
    start: int
    frames: int
    rate: str
    pixel_shape: float = 1.0
    times: tuple[float, ...] = ()
    cuts: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    complete: bool = True
    seconds: float | None = None
    pace: float | None = None
    iterations: tuple[float | None, ...] = ()
    frame_seconds: tuple[float | None, ...] = ()
    figures: Mapping[str, Any] | None = None
    features: str = ""
    unmeasured: str = ""
    decisions: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    settings: tuple[UsedSetting, ...] = ()
    original_colors: bool = False
    views: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def measured(self) -> ClipFigures | None:
        """The figures as an object."""
        return None if self.figures is None else ClipFigures.from_dict(self.figures)

    def as_json(self) -> str:
        """As text that :func:`read_record` reads; pure ASCII, whatever names there are."""
        return json.dumps(asdict(self), default=str)


def read_record(path: Path) -> Record:
    """A record from its file.

    Raises:
        UsageError: it is missing, damaged, or of another version.
        StorageError: the disk fails.
    """
    advice = "run the same command again with --overwrite: finished frames are taken as they are"
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise UsageError("nothing is noted here of a run", path, advice) from None
    except UnicodeDecodeError as error:
        raise UsageError("what is noted of the run cannot be read", path, advice) from error
    except OSError as error:
        raise disk.explain(error, path) from error
    try:
        # Not by validate_json, which takes no names of files that hold bytes that are no text.
        record = TypeAdapter(Record).validate_python(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise UsageError("what is noted of the run cannot be read", path, advice) from error
    if record.format != FORMAT:
        raise UsageError("the run was noted by another version of flowstyle", path, advice)
    return record
