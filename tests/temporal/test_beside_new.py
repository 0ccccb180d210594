"""Still ground is painted anew behind what moves, on a clip whose motion is known exactly."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import max_pool2d

from flowstyle.core.images import to_tensor
from flowstyle.flow.pairs import Pair
from flowstyle.settings import load_settings
from flowstyle.temporal.beside_new import REACH, ground_beside, without
from flowstyle.temporal.painted_ahead import newly_shown
from flowstyle.temporal.pulls import Pull, pull
from scripts.common.motion import motion_clip

MOTION = motion_clip(192, 108, 2)  # a disc to the right by 3.8 px a frame, over ground that stands
TARGET, SOURCE = (to_tensor(frame) for frame in reversed(MOTION.frames))
EVERYWHERE = torch.ones(1, 1, 108, 192)
LENT = Pull(TARGET, EVERYWHERE, EVERYWHERE, 0 * EVERYWHERE, 0.0)


def near() -> Pull:
    """Frame 0, carried to frame 1 by the exact flow."""
    to_b, to_a = (torch.from_numpy(flow)[None] for flow in (MOTION.flow(1, 0), MOTION.flow(0, 1)))
    return pull(Pair(to_b, to_a), TARGET, SOURCE, SOURCE, load_settings({}))


def test_ground_behind_a_disc_is_let_go_and_ground_before_it_is_not() -> None:
    paint = near()
    gone = ground_beside(paint, newly_shown([paint], 1.0), LENT)[0, 0] > 0
    disc = MOTION.layers[1]
    y, x = np.mgrid[:108, :192]
    centre = (disc.centre[0] + disc.velocity[0], disc.centre[1] + disc.velocity[1])
    x, y = torch.from_numpy(x - centre[0]), torch.from_numpy(y - centre[1])
    forward, distance = x * disc.velocity[0] + y * disc.velocity[1], torch.hypot(x, y)
    beside = (distance < disc.half[0] + 12) & (distance > disc.half[0])
    behind, before = beside & (forward < 0), beside & (forward > 0.7 * forward.max())
    assert int((gone & behind).sum()) > 20
    assert int((gone & before).sum()) == 0


def test_it_stands_still_and_lies_within_reach_of_what_is_uncovered() -> None:
    paint = near()
    gone = ground_beside(paint, newly_shown([paint], 1.0), LENT) > 0
    assert bool((paint.static[gone] == 1).all())
    new = torch.from_numpy(MOTION.occluded(1, 0))[None, None].float()
    reach = round(REACH * 192) + 4  # masks are a few pixels wider than what is hidden
    assert bool((max_pool2d(new, 2 * reach + 1, 1, reach)[gone] == 1).all())


def test_only_what_has_other_paint_is_let_go() -> None:
    paint = near()
    half = EVERYWHERE.clone()
    half[..., :54, :] = 0
    gone = ground_beside(paint, newly_shown([paint], 1.0), Pull(TARGET, half, half, half, 0.0))
    assert float(gone[..., :54, :].max()) == 0 < float(gone.max())
    left = without(paint, gone)
    for before, after in ((paint.trust, left.trust), (paint.usable, left.usable)):
        assert torch.equal(after, before * (1 - gone))
    assert torch.equal(left.static, paint.static * (gone == 0))
    assert torch.equal(left.image, paint.image)
