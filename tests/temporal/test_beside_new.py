"""Still ground is painted anew behind what moves, on a clip whose motion is known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from flowstyle.core.images import to_tensor
from flowstyle.flow.masks import TrustMasks
from flowstyle.flow.pairs import Pair
from flowstyle.settings import load_settings
from flowstyle.temporal.beside_new import REACH, ground_beside, without
from flowstyle.temporal.painted_ahead import newly_shown
from flowstyle.temporal.pulls import Origin, Pull, pull
from scripts.common.motion import Layer, MotionClip, motion_clip

MOTION = motion_clip(192, 108, 3)  # a disc to the right by 3.8 px a frame, over ground that stands
EVERYWHERE = torch.ones(1, 1, 108, 192)


def carried(motion: MotionClip, target: int, source: int) -> Pull:
    """A frame's own colours, carried to another one by the exact flow."""
    frames = [to_tensor(motion.frame(index)) for index in (target, source)]
    flows = [
        torch.from_numpy(motion.flow(*pair))[None] for pair in ((target, source), (source, target))
    ]
    return pull(Pair(*flows), *frames, frames[1], load_settings({}))


def near() -> Pull:
    """Frame 0, carried to frame 1."""
    return carried(MOTION, 1, 0)


def lent(usable: Tensor = EVERYWHERE) -> Pull:
    """Frame 2 as if it were seen everywhere."""
    return replace(carried(MOTION, 1, 2), usable=usable)


def test_ground_behind_a_disc_is_let_go_and_ground_before_it_is_not() -> None:
    paint = near()
    gone = ground_beside(paint, newly_shown([paint], 1.0), lent())[0, 0] > 0
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
    gone = ground_beside(paint, newly_shown([paint], 1.0), lent()) > 0
    assert bool((paint.static[gone] == 1).all())
    new = torch.from_numpy(MOTION.occluded(1, 0))[None, None].float()
    reach = round(REACH * 192) + 4  # masks are a few pixels wider than what is hidden
    assert bool((max_pool2d(new, 2 * reach + 1, 1, reach)[gone] == 1).all())


def test_only_what_has_other_paint_is_let_go() -> None:
    paint = near()
    half = EVERYWHERE.clone()
    half[..., :54, :] = 0
    gone = ground_beside(paint, newly_shown([paint], 1.0), lent(half))
    assert float(gone[..., :54, :].max()) == 0 < float(gone.max())
    left = without(paint, gone)
    for before, after in ((paint.trust, left.trust), (paint.usable, left.usable)):
        assert torch.equal(after, before * (1 - gone))
    assert torch.equal(left.static, paint.static * (gone == 0))
    assert torch.equal(left.image, paint.image)


def test_a_still_caption_before_a_ground_that_moves_keeps_its_paint() -> None:
    """Ground comes out from behind it, too, but it does not stay where it came out."""
    ground = replace(MOTION.layers[0], velocity=(4.0, 0.0))
    caption = Layer((25.0, 10.0), (96.0, 54.0), (0.0, 0.0), 0.0, 7, (0.8, 0.8, 0.2))
    motion = MotionClip(192, 108, 13, (ground, caption), True)
    paint, ahead = carried(motion, 1, 0), carried(motion, 1, 12)
    shown = torch.from_numpy(motion.shown(1) == 1)[None, None]
    assert float(paint.static[shown].mean()) > 0.5
    gone = ground_beside(paint, newly_shown([paint], 1.0), replace(ahead, usable=EVERYWHERE))
    assert float(gone[shown].max()) == 0


def test_nothing_is_let_go_for_paint_that_did_not_move() -> None:
    paint, new = near(), newly_shown([near()], 1.0)
    assert float(ground_beside(paint, new, replace(lent(), origin=None)).max()) == 0
    assert float(ground_beside(replace(paint, origin=None), new, lent()).max()) == 0


def test_thin_frames_are_no_smaller_than_the_window() -> None:
    thin = torch.ones(1, 1, 9, 900)
    flow = torch.zeros(1, 2, 9, 900)
    masks = TrustMasks(thin, thin, thin, thin)
    paint = Pull(
        thin.expand(1, 3, 9, 900), thin, thin, thin, 1.0, origin=Origin(0, flow, flow, masks)
    )
    assert ground_beside(paint, thin, paint).shape == thin.shape
