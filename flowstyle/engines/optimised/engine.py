"""Optimises one frame: coarse to fine for a first one, a few iterations for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.core.colour import match_mean_covariance
from flowstyle.core.errors import NotFiniteError
from flowstyle.core.events import Progress, Report, ignore
from flowstyle.engines.optimised.disocclusion import paint_fresh
from flowstyle.engines.optimised.terms import frame_terms, style_loss_name
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.rescale import CaffeScale, MeanOne
from flowstyle.losses.objective import Objective
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.optimize import adam, lbfgs
from flowstyle.optimize.pyramid import pyramid_sizes, resize, scaled
from flowstyle.optimize.result import Callback, Minimised, Result
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.static import around_static_pixels
from flowstyle.temporal.sweeps import scaled_iterations

Terms = dict[str, float]

FIRST = "first frame"  # stages' names in progress
NEW_AREAS = "paint for new areas"


class Engine:
    """Everything that stays the same from frame to frame.

    Args:
        network: feature network, on ``device``.
        styles: style pictures, each 1×3×H×W in [0, 1].
        settings: the render's.
        device: where frames are optimised.
        blend: weight of each style; None weighs them alike.
        report: told the iterations of whole frames painted coarse to fine, which take long.
        should_stop: asked before every iteration.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        styles: Sequence[Tensor],
        settings: Settings,
        device: torch.device,
        *,
        blend: Sequence[float] | None = None,
        report: Report = ignore,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        layers = tuple(dict.fromkeys((*settings.content_layers, *settings.style_layers)))
        if settings.normalization == "gatys":
            network = MeanOne(network, layers, device)
        elif settings.normalization == "ruder":
            network = CaffeScale(network, layers, device)
        self.network = network
        self.settings = settings
        self.device = device
        self._pictures = [picture.to(device) for picture in styles]
        self._styles = self._pictures
        self._blend = list(blend) if blend is not None else [1.0] * len(self._styles)
        self._report = report
        self._should_stop = should_stop
        self._targets: dict[tuple[int, int], StyleTarget] = {}

    def begin_shot(self, content: Tensor) -> None:
        """Prepare for a shot: where asked for, give the styles the colours of its first frame.

        Once a shot and never once a frame, which would flicker.

        Args:
            content: 1×3×H×W, the first source frame.
        """
        if self.settings.match_colors:
            photo = self.to_device(content)
            self._styles = [match_mean_covariance(style, photo) for style in self._pictures]
            self._targets.clear()

    def check_stop(self) -> None:
        """Raise :class:`Stopped` if the caller asked for an end."""
        if self._should_stop is not None and self._should_stop():
            raise Stopped("between two frames")

    def to_device(self, image: Tensor) -> Tensor:
        """Bring an image to the device."""
        return image.to(self.device, torch.float32, non_blocking=True)

    def noise(self, content: Tensor) -> Tensor:
        """Noise around mid-grey, of a frame's size and the same for every frame of a render.

        That it is the same is what keeps frames similar where nothing else does (Ruder et al.).
        """
        generator = torch.Generator().manual_seed(self.settings.seed)
        random = torch.randn(content.shape, generator=generator)
        return self.to_device((0.5 + self.settings.noise * random).clamp(0, 1))

    def first(self, content: Tensor, index: int) -> tuple[Tensor, Terms]:
        """Stylise a frame that has no neighbour to lean on, coarse to fine.

        Args:
            content: 1×3×H×W source frame.
            index: its number, for messages.

        Returns:
            The image and the weighted terms of the last iteration.
        """
        start = content if self.settings.first_start == "content" else self.noise(content)
        iterations = scaled_iterations(self.settings.first_iterations, self.settings.effort)
        return self._coarse_to_fine(start, content, iterations, f"frame {index}", FIRST)

    def ahead(self, content: Tensor, index: int) -> Tensor:
        """Stylise a frame that lends its paint to areas newly shown before it.

        Like a first frame, from its content and with fewer iterations; see
        :mod:`flowstyle.temporal.painted_ahead`.

        Args:
            content: 1×3×H×W source frame.
            index: its number, for messages.
        """
        iterations = scaled_iterations(self.settings.fill_iterations, self.settings.effort)
        where = f"frame {index}, painted ahead"
        return self._coarse_to_fine(content, content, iterations, where, NEW_AREAS)[0]

    def _coarse_to_fine(
        self,
        start: Tensor,
        content: Tensor,
        iterations: int,
        where: str,
        stage: str,
    ) -> tuple[Tensor, Terms]:
        """Optimise at growing sizes, ``iterations`` at each; reports them as a stage."""
        height, width = content.shape[-2:]
        sizes = pyramid_sizes(height, width, smallest=self.settings.first_smallest)
        image = resize(start, sizes[0])
        terms: Terms = {}
        for level, small in enumerate(sizes):

            def tell(done: int, terms: Terms, before: int = level * iterations) -> None:
                total = iterations * len(sizes)
                self._report(Progress(stage, before + done, total, "iterations", terms))

            image, terms = self._optimise(
                resize(image, small),
                resize(content, small),
                [],
                iterations,
                self.settings.learning_rate,
                f"{where} at {small[1]}×{small[0]}",
                tell,
            )
        return image, terms

    def refine(
        self,
        start: Tensor,
        content: Tensor,
        pulls: Sequence[Pull],
        *,
        iterations: int,
        learning_rate: float,
        where: str,
        near: Pull | None = None,
        shared_out: bool = False,
    ) -> tuple[Tensor, Terms]:
        """Optimise a frame from a start that is close to the result.

        Args:
            start: 1×3×H×W.
            content: the source frame.
            pulls: neighbours of the temporal term.
            iterations: number of iterations.
            learning_rate: step.
            where: names the frame in messages.
            near: the neighbour whose value static pixels keep, also without a temporal term.
            shared_out: the masks of the pulls do not overlap, see :func:`frame_terms`.

        Returns:
            The image and the weighted terms of the last iteration.

        Raises:
            NotFiniteError: twice not finite, also with half the step.
            Stopped: the caller asked for an end.
        """
        return self._optimise(
            start,
            content,
            list(pulls),
            iterations,
            learning_rate,
            where,
            near=near,
            shared_out=shared_out,
        )

    def fresh(self, content: Tensor, pulls: Sequence[Pull], where: str) -> Tensor:
        """What newly shown areas start from, see :mod:`flowstyle.engines.optimised.disocclusion`.

        Args:
            content: 1×3×H×W, the source frame.
            pulls: neighbours, which tell what there is to start from.
            where: names the frame in messages.
        """

        def optimise(start: Tensor, photo: Tensor, iterations: int) -> Tensor:
            part, step = f"{where}, newly shown areas", self.settings.learning_rate
            return self._optimise(start, photo, [], iterations, step, part)[0]

        return paint_fresh(optimise, content, pulls, self.settings)

    def style_target(self, size: tuple[int, int]) -> StyleTarget:
        """The style's statistics for frames of a size (height, width); kept for later frames."""
        if size not in self._targets:
            scale = self.settings.style_scale
            targets = [
                StyleTarget.of(
                    self.network,
                    resize(picture, scaled(picture, size, scale)),
                    self.settings.style_layers,
                    style_loss_name(self.settings),
                    seed=self.settings.seed,
                )
                for picture in self._styles
            ]
            self._targets[size] = StyleTarget.blend(targets, self._blend)
        return self._targets[size]

    def _optimise(
        self,
        start: Tensor,
        content: Tensor,
        pulls: Sequence[Pull],
        iterations: int,
        learning_rate: float,
        where: str,
        tell: Callback | None = None,
        near: Pull | None = None,
        shared_out: bool = False,
    ) -> tuple[Tensor, Terms]:
        photo = ContentTarget.of(
            self.network, content, self.settings.content_layers, self.settings.normalization
        )
        style = self.style_target((content.shape[-2], content.shape[-1]))
        objective: Minimised = Objective(
            self.network,
            frame_terms(self.settings, photo, style, pulls, shared_out=shared_out),
            normalise_gradients=self.settings.normalize_gradients,
        )
        if near is not None and self.settings.lock_static:
            objective = around_static_pixels(objective, near.image, near.static)
        try:
            result = self._minimise(objective, start, iterations, learning_rate, tell)
        except NotFiniteError:
            # Once more with half the step: the same decision on every run and resume.
            try:
                half = learning_rate / 2
                result = self._minimise(objective, start, iterations, half, tell)
            except NotFiniteError as again:
                raise NotFiniteError(
                    again.what, f"{where}, {again.where}, also with half the step", again.advice
                ) from again
        if result.stopped:
            raise Stopped(where)
        return result.image, result.terms

    def _minimise(
        self,
        objective: Minimised,
        start: Tensor,
        iterations: int,
        learning_rate: float,
        tell: Callback | None,
    ) -> Result:
        if self.settings.optimizer == "lbfgs":
            return lbfgs.minimise(
                objective,
                start,
                iterations=iterations,
                learning_rate=learning_rate,
                callback=tell,
                should_stop=self._should_stop,
            )
        return adam.minimise(
            objective,
            start,
            iterations=iterations,
            learning_rate=learning_rate,
            average=self.settings.average or None,
            callback=tell,
            should_stop=self._should_stop,
        )
