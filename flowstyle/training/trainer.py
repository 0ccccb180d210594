"""The loop: crops of pictures, the network over them, a step of Adam."""

from __future__ import annotations

import copy
import math
import os
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from flowstyle.core.captured import Captured
from flowstyle.core.errors import NotFiniteError
from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.targets import StyleTarget
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.training.ahead import DrawnAhead
from flowstyle.training.crops import Shown
from flowstyle.training.loss import WEIGHTS, Weights, training_loss

BATCH = {"cpu": 2, "cuda": 8}
"""Crops of a step. A GPU is hardly slower with eight, since most of its time goes into starting
what it computes."""
RATE = 2e-3
LATE = 0.6
"""Share of the steps after which crops are large."""
AVERAGE = 0.995
"""Decay of the averaged weights, which are the result; smaller in the first steps."""
MOMENTS = ("exp_avg", "exp_avg_sq")
SLOW_START = 30
"""Steps over which the rate grows to its full size."""


@dataclass(frozen=True)
class Lesson:
    """What is to be learned.

    Args:
        features: feature network that judges the paint.
        style: statistics that it is to have.
        shown: what the steps are shown.
        seed: decides which of it.
        weights: of the loss's terms.
        batch: pictures of a step.
    """

    features: FeatureNetwork
    style: StyleTarget
    shown: Shown
    seed: int = 0
    weights: Weights = WEIGHTS
    batch: int = BATCH["cpu"]


def shown_in(lesson: Lesson, step: int, *, late: bool) -> Tensor:
    """What a step is shown, whatever came before it.

    Args:
        lesson: what is to be learned.
        step: its number, from 0.
        late: large crops.

    Returns:
        N×3×H×W in [0, 1].
    """
    seed = (lesson.seed * 1_000_003 + step) % 2**31
    return lesson.shown.batch(lesson.batch, seed, late=late)


class Trainer:
    """Trains a network; its whole state can be kept and taken up again.

    Args:
        lesson: what is to be learned.
        network: where it begins; not changed.
        device: where it is trained.
    """

    def __init__(self, lesson: Lesson, network: FeedForward, device: torch.device) -> None:
        self._lesson = lesson
        self._device = device
        self.network = copy.deepcopy(network).to(device).requires_grad_().train()
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self._adam = torch.optim.Adam(self.network.parameters(), lr=RATE, betas=(0.9, 0.99))
        self.done = 0
        self._threads = drawing_threads(device)
        self._drawn = {late: self._drawn_ahead(late=late) for late in (False, True)}
        self._sizes = {late: lesson.shown.size(late=late) for late in (False, True)}
        self._learning = {
            size: Learning(lesson, self.network, size, device) for size in set(self._sizes.values())
        }

    def _drawn_ahead(self, *, late: bool) -> DrawnAhead[Tensor]:
        return DrawnAhead(partial(shown_in, self._lesson, late=late), self._threads)

    def step(self, total: int) -> dict[str, float]:
        """One step.

        Args:
            total: number of steps of the whole training, to which the rate falls to nothing.

        Returns:
            The terms of the loss.

        Raises:
            NotFiniteError: the loss is not finite; the weights are those of before.
        """
        late = self.done >= LATE * total
        learning = self._learning[self._sizes[late]]
        told = learning.gradients(self._drawn[late].take(self.done))
        if not math.isfinite(told[0]):
            raise NotFiniteError(
                "the loss of the training became not-a-number or infinite",
                f"step {self.done + 1}",
                "use other training pictures or another --seed, and --restart",
            )
        for group in self._adam.param_groups:
            group["lr"] = RATE * rate_at(self.done, total)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._adam.step()
        self.done += 1
        self._follow(min(AVERAGE, self.done / (self.done + 10)))
        return dict(zip(learning.terms, told[1:], strict=True))

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)

    def moments(self) -> dict[str, Tensor]:
        """Adam's state, by moment and parameter; empty before the first step."""
        found: dict[str, Tensor] = {}
        for name, parameter in self.network.named_parameters():
            for moment in MOMENTS if parameter in self._adam.state else ():
                found[f"{moment}.{name}"] = self._adam.state[parameter][moment]
        return found

    def load_moments(self, moments: dict[str, Tensor], done: int) -> None:
        """Go on after so many steps; weights are loaded into the networks by themselves."""
        self.done = done
        if not moments:
            return
        for name, parameter in self.network.named_parameters():
            self._adam.state[parameter] = {
                "step": torch.tensor(float(done)),
                **{moment: moments[f"{moment}.{name}"].to(self._device) for moment in MOMENTS},
            }


class Learning:
    """The gradients of a step, for pictures of one size.

    Args:
        lesson: what is to be learned.
        network: gets the gradients.
        size: their height and width.
        device: where.
    """

    def __init__(
        self, lesson: Lesson, network: FeedForward, size: tuple[int, int], device: torch.device
    ) -> None:
        self._lesson = lesson
        self._network = network
        self._frame = torch.zeros(lesson.batch, 3, *size, device=device)
        self._backward = Captured(self._backwards, device)
        self._gradients: tuple[Tensor, ...] = ()
        self.terms: tuple[str, ...] = ()

    def gradients(self, frame: Tensor) -> list[float]:
        """Give the network's parameters their gradients.

        Args:
            frame: N×3×H×W, what is shown.

        Returns:
            The loss and its terms.
        """
        self._frame.copy_(frame)
        told = self._backward()
        # A recorded step has its own gradients, one of crops of another size has others.
        for parameter, gradient in zip(self._network.parameters(), self._gradients, strict=True):
            parameter.grad = gradient
        found: list[float] = told.tolist()  # one transfer from a GPU
        return found

    def _backwards(self) -> Tensor:
        lesson = self._lesson
        painted = self._network(self._frame)
        loss, terms = training_loss(
            lesson.features, lesson.style, self._frame, painted, lesson.weights
        )
        self._gradients = torch.autograd.grad(loss, list(self._network.parameters()))
        self.terms = tuple(terms)
        return torch.stack([loss, *terms.values()]).detach()


def drawing_threads(device: torch.device) -> int:
    """Threads that draw what the next steps are shown; a CPU has none to spare."""
    return min(8, max(1, (os.cpu_count() or 1) - 1)) if device.type == "cuda" else 0


def rate_at(done: int, total: int) -> float:
    """Factor on the learning rate: a short rise, then half a cosine down to 0.

    Example:
        >>> rate_at(30, 1000) > 0.99, rate_at(999, 1000) < 0.01
        (True, True)
    """
    rise = min(1.0, (done + 1) / SLOW_START)
    return rise * 0.5 * (1 + math.cos(math.pi * min(1.0, done / max(1, total))))
