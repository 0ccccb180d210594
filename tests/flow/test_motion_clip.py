"""The synthetic clip must itself be right, since much is judged by it."""

from __future__ import annotations

import numpy as np

from scripts.common.motion import motion_clip


def test_forward_and_backward_flow_are_inverse() -> None:
    clip = motion_clip(64, 36, 2, pan=True)
    there, back = clip.flow(1, 0), clip.flow(0, 1)
    y, x = np.mgrid[:36, :64]
    landing = np.rint(np.stack([x + there[0], y + there[1]])).astype(int)
    inside = ~clip.off_frame(1, 0) & ~clip.occluded(1, 0)
    error = there[:, inside] + back[:, landing[1][inside], landing[0][inside]]
    assert np.median(np.linalg.norm(error, axis=0)) < 0.1
