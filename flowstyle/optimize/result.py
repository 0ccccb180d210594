"""What an optimiser returns and asks, whichever the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from flowstyle.core.errors import NotFiniteError

Callback = Callable[[int, dict[str, float]], None]
"""Called with the number of iterations done and the weighted terms."""


class Minimised(Protocol):
    """What can be minimised: :class:`flowstyle.losses.objective.Objective` is one."""

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Total and weighted terms of an image N×3×H×W, all scalars."""
        ...


@dataclass(frozen=True)
class Result:
    """The end of an optimisation.

    ``image`` is N×3×H×W float32, detached; ``terms`` are the weighted terms of the last iterate
    that was evaluated. ``stopped`` says that the caller asked for an end before ``iterations``
    reached what was wanted: such an image must not be committed as finished.
    """

    image: Tensor
    terms: dict[str, float]
    iterations: int
    stopped: bool = False


class FiniteGuard:
    """Watches for NaN and infinity without waiting for the device in every iteration.

    Args:
        device: of the values watched. On the CPU every check is immediate.
    """

    def __init__(self, device: torch.device) -> None:
        self._immediate = device.type == "cpu"
        self._first = torch.full((), torch.iinfo(torch.int64).max, device=device)

    def watch(self, total: Tensor, iteration: int) -> None:
        """Note the total of an iteration.

        Args:
            total: scalar.
            iteration: counted from 1.

        Raises:
            NotFiniteError: on the CPU, at the iteration itself.
        """
        # A fill on the device: a number copied there would make the GPU wait.
        now = torch.full_like(self._first, iteration)
        bad = torch.where(total.detach().isfinite(), self._first, now)
        self._first = torch.minimum(self._first, bad)
        if self._immediate:
            self.check()

    def check(self) -> None:
        """Wait for the device and raise if anything was not finite.

        Raises:
            NotFiniteError: names the first iteration that was not finite.
        """
        first = int(self._first)
        if first != torch.iinfo(torch.int64).max:
            raise NotFiniteError(
                "the loss became not-a-number or infinite",
                f"iteration {first}",
                "use --precision fp32, a lower weight or fewer iterations",
            )


def numbers(terms: dict[str, Tensor]) -> dict[str, float]:
    """Terms as numbers; waits for the device, once.

    Args:
        terms: name to scalar.

    Returns:
        Name to number.
    """
    if not terms:
        return {}
    return dict(zip(terms, torch.stack(list(terms.values())).cpu().tolist(), strict=True))


def check_image(image: Tensor, iterations: int) -> None:
    """Refuse a result with a value that is not finite.

    Args:
        image: N×3×H×W.
        iterations: how many were done, for the message.

    Raises:
        NotFiniteError: if any value is NaN or infinite.
    """
    if not bool(image.isfinite().all()):
        raise NotFiniteError(
            "the picture became not-a-number or infinite",
            f"after iteration {iterations}",
            "use --precision fp32, a lower weight or fewer iterations",
        )
