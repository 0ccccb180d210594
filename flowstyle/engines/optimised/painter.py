"""Optimises one frame: coarse to fine where nothing is known, a few iterations elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.errors import NotFiniteError
from flowstyle.core.events import Progress, Stage
from flowstyle.core.noise import grey_noise
from flowstyle.engines.optimised.flat import detail_steps
from flowstyle.engines.optimised.frame_objective import Still, frame_objective, still_part
from flowstyle.engines.optimised.grey import grey, in_grey
from flowstyle.engines.optimised.ground import begun
from flowstyle.engines.optimised.iterations import iterations_by_size, later_work
from flowstyle.engines.optimised.likeness import alike
from flowstyle.engines.optimised.static import around_static_pixels
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.protocol import ShotOpening
from flowstyle.guides.styles import Styles
from flowstyle.optimize import adam, lbfgs
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.levels import gradient_sizes
from flowstyle.optimize.pyramid import enlarged_paint, pyramid_sizes, resize
from flowstyle.optimize.result import Callback, Minimised, Result
from flowstyle.optimize.schedule import Further
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.static import with_static_pixels
from flowstyle.temporal.task import FrameTask, Lent, Painted


@dataclass(frozen=True)
class Minimisation:
    """One picture to be optimised at one size.

    Args:
        start: 1×3×H×W.
        content: 1×3×H×W, the source picture.
        iterations: number of iterations.
        learning_rate: step of the optimiser.
        where: names the picture in messages.
        pulls: neighbours of the temporal term.
        exclusive: the masks of the pulls do not overlap.
        near: the neighbour whose value static pixels keep.
        further: what follows where they do not suffice.
        adaptive: how the step changes by what it brings; None: it stays the same.
        floors: bound the steps, see :func:`flowstyle.optimize.adam.minimise`; such a picture is
            nearly finished when it begins, and gets iterations only until it changes no more.
        tell: told the iterations done.
    """

    start: Tensor
    content: Tensor
    iterations: int
    learning_rate: float
    where: str
    pulls: tuple[Pull, ...] = ()
    exclusive: bool = False
    near: Pull | None = None
    further: Further | None = None
    adaptive: AdaptiveStep | None = None
    floors: tuple[float, ...] | None = None
    tell: Callback | None = None


class OptimisedPainter:
    """Paints the frames of a shot by optimisation.

    Args:
        shot: where it begins.
        styles: over the shot.
        targets: their statistics.
    """

    def __init__(self, shot: ShotOpening, styles: Styles, targets: StyleTargets) -> None:
        self._shot = shot
        self._styles = styles
        self._targets = targets
        self._context = targets.context
        self._settings = targets.context.settings
        # Worked out once: of the shot alone.
        self._first_unpainted: tuple[float, ...] | None = None

    def paint(self, task: FrameTask) -> Painted:
        """See :class:`flowstyle.engines.protocol.ShotPainter`."""
        if task.start is None:
            return self._coarse_to_fine(task)
        name = f"frame {task.number}, sweep {task.sweep}"
        work = later_work(task, self._settings)
        begins = task.stage is Stage.FIRST_FRAME
        result = self._optimise(
            task.index,
            Minimisation(
                begun(task.start, task.content),
                task.content,
                work.iterations,
                self._settings.next_learning_rate or self._settings.learning_rate,
                name,
                task.pulls,
                task.exclusive,
                task.near,
                further=work.further,
                adaptive=work.adaptive,
                floors=self._floors(task),
                tell=self._teller(task, 0, work.iterations) if begins else None,
            ),
        )
        return Painted(result.image, {**result.terms, "iterations": result.iterations})

    def _floors(self, task: FrameTask) -> tuple[float, ...] | None:
        """What bounds the steps of all but first frames: a frame's gradient, unpainted.

        That of the shot's first frame serves where the light is still the same. A fade begins in
        black, where hardly anything can be painted: later frames would never count as finished.
        """
        settings = self._settings
        if settings.bounded_steps == 0 or settings.optimizer != "adam":
            return None
        if not alike(task.content, self._shot.content):
            sizes = self._unpainted(task.index, task.content)
        else:
            if self._first_unpainted is None:
                self._first_unpainted = self._unpainted(self._shot.first, self._shot.content)
            sizes = self._first_unpainted
        return tuple(settings.bounded_steps * size for size in sizes)

    def _unpainted(self, index: int, content: Tensor) -> tuple[float, ...]:
        """Sizes of the gradient that a frame has before it is painted, at each level."""
        objective = self._objective(index, Minimisation(content, content, 0, 0.0, ""))
        return gradient_sizes(objective, content, self._settings.levels)

    def _coarse_to_fine(self, task: FrameTask) -> Painted:
        """Optimise at growing sizes, from a start of the engine's own."""
        settings, content = self._settings, task.content
        height, width = content.shape[-2:]
        least = self._targets.least_side()
        sizes = pyramid_sizes(height, width, smallest=settings.first_smallest, least=least)
        rounds = iterations_by_size(task, settings, len(sizes))
        photo = resize(content, sizes[0])
        image = self._first_start(task, sizes[0])
        result = Result(image, {}, 0)
        for level, (size, iterations) in enumerate(zip(sizes, rounds, strict=True)):
            # The paint alone grows, the content comes in its own sharpness.
            paint, photo = enlarged_paint(image - photo, size), resize(content, size)
            image = (photo + paint).clamp(0, 1)
            if not iterations:
                continue
            result = self._optimise(
                task.index,
                Minimisation(
                    image,
                    photo,
                    iterations,
                    settings.learning_rate,
                    f"{name_of(task)} at {size[1]}×{size[0]}",
                    tell=self._teller(task, sum(rounds[:level]), sum(rounds)),
                ),
            )
            image = result.image
        return Painted(image, {**result.terms, "iterations": sum(rounds)})

    def _first_start(self, task: FrameTask, size: tuple[int, int]) -> Tensor:
        """What the coarsest size begins with; paint that is lent must lie on its own content."""
        settings = self._settings
        if task.stage is Stage.NEW_AREAS or settings.first_start == "content":
            return resize(task.content, size)
        return grey_noise(size, settings.noise, settings.seed, self._context.device)

    def _teller(
        self, task: FrameTask, before: int, total: int
    ) -> Callable[[int, dict[str, float]], None] | None:
        """Reports the iterations of a picture painted coarse to fine, which takes long."""
        if task.lent is Lent.COARSE:
            return None

        def tell(done: int, terms: dict[str, float]) -> None:
            self._context.report(
                Progress(task.stage, before + done, total, "iterations", terms, task.number)
            )

        return tell

    def _optimise(self, index: int, work: Minimisation) -> Result:
        """Minimise the objective of one picture.

        Raises:
            NotFiniteError: twice not finite, also with half the step.
            Cancelled: the caller asked for an end.
        """
        in_grey_only = self._targets.grey(self._styles.at(index))
        if in_grey_only:
            work = replace(work, start=grey(work.start))
        still = self._still(work)
        if still is not None and not still.active.tiles:  # nothing changes
            return Result(still.start, {}, 0)
        objective = self._objective(index, work, still)
        try:
            result = self._minimise(objective, work, still)
        except NotFiniteError:
            # Once more with half the step: the same decision on every run and resume.
            rate = work.learning_rate / 2
            half = replace(work, learning_rate=rate, further=None, adaptive=None)
            try:
                result = self._minimise(objective, half, still)
            except NotFiniteError as again:
                raise NotFiniteError(
                    again.what,
                    f"{work.where}, {again.where}, also with half the step",
                    again.advice,
                ) from again
        if result.stopped:
            raise Cancelled(work.where)
        return replace(result, image=grey(result.image)) if in_grey_only else result

    def _still(self, work: Minimisation) -> Still | None:
        """What of a picture keeps its value, where that is most of it."""
        near = work.near
        if near is None or not self._settings.lock_static:
            return None
        start = with_static_pixels(work.start, near.image, near.static)
        return still_part(self._targets, start, near.static)

    def _objective(self, index: int, work: Minimisation, still: Still | None = None) -> Minimised:
        """What is minimised for a picture."""
        objective = frame_objective(
            self._targets,
            self._styles.at(index),
            work.content,
            work.pulls,
            exclusive=work.exclusive,
            still=still,
        )
        if work.near is not None and self._settings.lock_static:
            objective = around_static_pixels(objective, work.near.image, work.near.static)
        return in_grey(objective) if self._targets.grey(self._styles.at(index)) else objective

    def _minimise(self, objective: Minimised, work: Minimisation, still: Still | None) -> Result:
        if self._settings.optimizer == "lbfgs":
            return lbfgs.minimise(
                objective,
                work.start,
                iterations=work.iterations,
                learning_rate=work.learning_rate,
                callback=work.tell,
                cancel=self._context.cancel,
            )
        return adam.minimise(
            objective,
            work.start,
            iterations=work.iterations,
            learning_rate=work.learning_rate,
            further=work.further,
            adaptive=work.adaptive,
            average=self._settings.average or None,
            levels=self._settings.levels,
            finest=detail_steps(work.content) if self._settings.levels > 1 else None,
            floors=work.floors,
            settled=self._settled(work, still),
            callback=work.tell,
            cancel=self._context.cancel,
        )

    def _settled(self, work: Minimisation, still: Still | None) -> float:
        """Mean change of all pixels below which a picture is finished; 0 for never.

        Where most of it keeps its value the rest is to be finished, which takes little then.
        """
        if work.floors is None or not self._settings.settled:
            return 0.0
        share = 1.0 if still is None else still.changing
        return self._settings.settled / 255 * share


def name_of(task: FrameTask) -> str:
    """A task in messages."""
    if task.stage is Stage.PICTURE:
        return "the picture"
    ahead = ", painted ahead" if task.lent in (Lent.BEGUN, Lent.WHOLE) else ""
    return f"frame {task.number}{ahead}"
