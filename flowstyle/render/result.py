"""How a result is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from flowstyle.core.plain import one_line
from flowstyle.media.reader import OnCorrupt
from flowstyle.metrics.summary import ClipFigures
from flowstyle.render.style_pictures import StyleLike, name_of


@dataclass(frozen=True)
class Output:
    """How the result is written; none of it changes the stylised frames.

    Args:
        path: a video file, or a folder or pattern of pictures, text too; None: ``CLIP_STYLE.mp4``
            in the current folder.
        codec: None takes the usual one of the file's suffix.
        pixel_format: None takes the codec's usual one.
        quality: constant quality of the codec; None takes a good one.
        audio: ``copy``, ``encode`` or ``none``; None copies the sound where the container takes it,
            and else encodes it.
        overwrite: replace an existing output, at the very end.
        restart: set earlier work aside instead of resuming it.
        debug: write debug pictures into the work folder.
        measure: measure the result when it is done.
        report: write a page about it into ``OUT.report`` when it is done.
        command: what the user typed, for the report.
        on_corrupt: ``stop`` at damaged frames, or ``repeat`` the one before.
        rate: frames a second of a clip that is a folder of pictures; None: 24. Videos have their
            own times.
        stream: index of the video stream in the clip's file; None chooses.
        executor: where shots are painted, see :mod:`flowstyle.execution.registry`; None: ``local``
            where there are several workers, else ``inline``.
        workers: number of processes that paint; None: one for each of ``devices``.
        devices: on which they compute, in turn, such as ``cuda:0``; empty: ``Settings.device``, or
            all of one kind where there are several CUDA devices and workers.
        address: of a Ray cluster, ``HOST:PORT`` or ``auto``; None: Ray is started here. This and
            the next three count for the executor ``ray``.
        cpus_per_job: cores of each job, and as many threads; None: 1.
        gpus_per_job: GPUs of each job, such as 0.5; None: 1 where a GPU paints.
        shared_disk: whether the work folder is the same folder on all machines; where it is not,
            frames are sent.

    Example:
        >>> Output("painted.mp4").path == Path("painted.mp4")
        True
    """

    path: Path | None = None
    codec: str | None = None
    pixel_format: str | None = None
    quality: int | None = None
    audio: str | None = None
    overwrite: bool = False
    restart: bool = False
    debug: bool = False
    measure: bool = True
    report: bool = False
    command: str = ""
    on_corrupt: OnCorrupt = "stop"
    rate: Fraction | None = None
    stream: int | None = None
    executor: str | None = None
    workers: int | None = None
    devices: tuple[str, ...] = ()
    address: str | None = None
    cpus_per_job: int | None = None
    gpus_per_job: float | None = None
    shared_disk: bool = True

    def __post_init__(self) -> None:
        if self.path is not None:
            object.__setattr__(self, "path", Path(self.path))

    def path_for(self, clip: Path, styles: Sequence[StyleLike]) -> Path:
        """Where the result goes.

        Example:
            >>> USUAL.path_for(Path("in/beach.mov"), ["night.jpg"]).name
            'beach_night.mp4'
        """
        named = clip if clip.name not in ("", "..") else clip.resolve()  # the folder . or ..
        names = [named.stem or named.name or "clip", *map(name_of, styles)]
        return self.path or Path("_".join(names) + ".mp4")


USUAL = Output()
"""An output with nothing asked for."""


@dataclass(frozen=True)
class Rendered:
    """What a render gave.

    ``seconds`` is what all of it took, without measuring; ``pace`` is what painting took for each
    frame that this run painted, None where it painted none.
    ``repeated`` lists the frames that stand in for damaged ones; with any, the result is degraded
    (exit code 3). ``cuts`` are the first frames of shots. Both count as the clip does, from 0.
    ``iterations`` is how many each frame got in the last sweep, a shot's first one at all its sizes
    together.
    ``unmeasured`` says why there are no figures, where measuring began and did not end. ``page`` is
    the report's, None where there is none.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    seconds: float
    pace: float | None = None
    cuts: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    features: str = ""
    iterations: list[int] = field(default_factory=list)
    figures: ClipFigures | None = None
    unmeasured: str = ""
    page: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        figures = None if self.figures is None else self.figures.as_dict()
        page = None if self.page is None else str(self.page)
        return {**asdict(self), "path": str(self.path), "page": page, "figures": figures}

    def summary(self) -> str:
        """One line for a person."""
        took = f"{self.frames} frames, {self.seconds:.0f} s"
        if self.pace is not None:
            took += f" (painting {self.pace:.2f} s a frame)"
        line = f"{one_line(self.path)}: {took}"
        if self.repeated:
            line += f"; damaged frames repeated: {', '.join(map(str, self.repeated))}"
        return line
