"""What ideal transport itself scores when another flow carries the paint than the judge's own.

Over ideal transport, a result has 1 if it moves as the judge's flow says. Two flows never say the
same: at borders of what moves, in flat fur, in motion blur. Paint that is carried without a fault
along one of them has more than 1 by the other, and that is what a perfect result would have too.
Beside the judges stands the render's own flow: what a result has beyond that, painting has added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from flowstyle.core.events import ignore
from flowstyle.core.images import to_tensor
from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.pairs import FlowPairs
from flowstyle.metrics.evaluation import Pixels
from flowstyle.metrics.judge import make_judge
from flowstyle.metrics.warp_error import trusted, warp_error
from flowstyle.render.prepare import OWN, choose_flow
from flowstyle.settings import load_settings
from scripts.common.results import number

EACH = 4
"""Every fourth pair of neighbours is compared: flows take seconds."""
OURS = "the render's"

Flows = tuple[Tensor, Tensor]
"""There and back, 1×2×H×W each, pixels."""


def carried_by_others(
    source: Sequence[Pixels], styled: Sequence[Pixels], judges: Sequence[str], preset: str
) -> dict[str, dict[str, float]]:
    """Warp error of paint carried along other flows, over that of ideal transport.

    Args:
        source: frames, H×W×3.
        styled: the same frames, painted.
        judges: names of flows.
        preset: of the render, whose flow stands beside the judges'.

    Returns:
        Judge to the name of each other flow to the ratio, over some pairs of neighbours.
    """
    sums: dict[str, dict[str, float]] = {judge: {judge: 0.0} for judge in judges}
    methods = {judge: make_judge(judge) for judge in judges}
    own = choose_flow(load_settings({}, preset=preset), OWN, torch.device("cpu"), ignore)
    pairs = FlowPairs(own, lambda index: to_tensor(source[index]))
    try:
        for first in range(0, len(styled) - 1, EACH):
            numbers = (first, first + 1)
            one, other = (to_tensor(source[index]) for index in numbers)
            flows = {
                judge: (method(one, other, numbers), method(other, one, numbers[::-1]))
                for judge, method in methods.items()
            }
            pair = pairs.get(first, first + 1)
            paint = to_tensor(styled[first])
            _add(sums, paint, flows | {OURS: (pair.to_b.float(), pair.to_a.float())})
    finally:
        pairs.close()
    return {
        judge: {name: error / found[judge] for name, error in found.items() if name != judge}
        for judge, found in sums.items()
        if found[judge] > 0  # else nothing moves
    }


def with_others(found: Mapping[str, float] | None, others: Mapping[str, float] | None) -> str:
    """A result by a judge, and in brackets what carried paint has along each other flow.

    Args:
        found: over ideal transport by the judge, with ``value``; None where nothing moves.
        others: of :func:`carried_by_others`, for that judge.
    """
    listed = ", ".join(f"{name} {number(value)}" for name, value in (others or {}).items())
    return f"{number((found or {}).get('value'))} ({listed})"


def _add(sums: dict[str, dict[str, float]], paint: Tensor, flows: Mapping[str, Flows]) -> None:
    """Add the warp errors of a frame that is carried along each flow, by each judge."""
    moved = {name: warp_lanczos(paint, back) for name, (_, back) in flows.items()}
    for judge, found in sums.items():
        there, back = flows[judge]
        mask = trusted(there, back)
        for name, image in moved.items():
            error = warp_error(paint, image, there, mask)
            if error is not None:  # else no pixel is trusted, of any of them
                found[name] = found.get(name, 0.0) + error
