import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.optimize.pyramid import scaled
from flowstyle.settings import load_settings
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import CancelWhen, paint, panning, texture

QUICK = {
    "first_iterations": 3,
    "iterations": 2,
    "sweeps": 2,
    "sweep_iterations": 1,
    "first_smallest": 32,
}


@pytest.fixture(scope="module")
def default() -> tuple[MemoryFrames, list[Tensor]]:
    frames = MemoryFrames(panning(4))
    return frames, paint(frames, load_settings(QUICK))


def test_every_frame_is_made_and_changed(default):
    frames, result = default
    assert len(result) == 4
    for index, image in enumerate(result):
        assert image.shape == frames.sources.load(index).shape
        assert (image - frames.sources.load(index)).abs().mean() > 0.02


def test_only_the_last_two_sweeps_stay(default):
    frames, _ = default
    assert frames.painted.discarded == {"shot000000-sweep1"}
    assert {kind for kind, _ in frames.painted.kept} == {"shot000000-sweep2", "stylised"}


def test_a_resumed_run_gives_the_same_bytes(default):
    complete, result = default
    for stop in (2, 5, 6, 9, 11):  # in each of the three sweeps, and on their borders
        frames = MemoryFrames(panning(4))
        with pytest.raises(Cancelled):
            paint(
                frames,
                load_settings(QUICK),
                CancelWhen(lambda f=frames, n=stop: len(f.painted.committed) >= n),
            )
        assert len(frames.painted.committed) == stop
        resumed = paint(frames, load_settings(QUICK))
        # Nothing made twice, and in the same order.
        assert frames.painted.committed == complete.painted.committed
        assert all(torch.equal(a, b) for a, b in zip(resumed, result, strict=True))


def test_a_cut_forgets_everything_before_it():
    first, second = panning(2, seed=0), panning(3, seed=5)
    joined = paint(MemoryFrames(first + second, cuts=(2,)), load_settings(QUICK))
    alone = paint(MemoryFrames(second), load_settings(QUICK))
    assert all(torch.equal(a, b) for a, b in zip(joined[2:], alone, strict=True))


def test_a_still_shot_stands_perfectly_still():
    scene = texture(3)[..., :48]
    result = paint(MemoryFrames([scene] * 3), load_settings(QUICK))
    assert torch.equal(result[0], result[1])
    assert torch.equal(result[1], result[2])


def test_a_cut_in_a_part_of_the_frame_leaves_the_still_part_still():
    """A quarter of the width cuts in the middle; up to its border not a bit of the rest changes."""
    still = texture(3, 48, 96)
    still[..., 24:, :72] = 0.4  # a flat area of one colour beside a textured one
    insets = [texture(seed, 48, 24) for seed in (11, 11, 12, 12)]
    frames = MemoryFrames([torch.cat([still[..., :72], inset], 3) for inset in insets])
    result = paint(
        frames, load_settings(QUICK), pairs=FlowPairs(DisFlow("draft"), frames.sources.load)
    )
    for before, after in itertools.pairwise(result):
        assert torch.equal(before[..., :72], after[..., :72])
    assert float((result[1] - result[2])[..., 72:].abs().mean()) > 0.01  # the inset itself cuts


@pytest.mark.parametrize("count", [3, 24])
def test_a_slow_fade_is_never_taken_for_a_still_scene(count):
    """Half a grey level a frame: noise from one frame to the next, not over eight of them."""
    scene = 0.3 + 0.4 * texture(3)[..., :48]
    step = 2.0 / 255 if count == 3 else 0.5 / 255
    frames = MemoryFrames([scene * (1 - 1.5 * step * i) for i in range(count)])
    settings = load_settings({**QUICK, "sweeps": 0, "first_iterations": 1, "iterations": 1})
    locked = []

    def watch(visit, task, painted):
        locked.append(float(task.near.static.mean()) if task.near else 0.0)

    paint(frames, settings, pairs=FlowPairs(DisFlow("draft"), frames.sources.load), watch=watch)
    assert max(locked) < 0.1


def test_independent_frames_do_not_know_their_neighbours():
    settings = load_settings(QUICK, preset="independent")
    clip = panning(3)
    together = paint(MemoryFrames(clip), settings)
    alone = paint(MemoryFrames(clip[2:]), settings)
    assert torch.equal(together[2], alone[0])


def test_the_pull_makes_frames_follow_the_motion():
    """The frame moved back by the exact motion differs less from its neighbour when pulled."""

    def misfit(result: list[Tensor]) -> float:
        pairs = itertools.pairwise(result)
        return float(np.mean([(a[..., 2:] - b[..., :-2]).square().mean() for a, b in pairs]))

    pulled = paint(MemoryFrames(panning(4)), load_settings({**QUICK, "first_iterations": 10}))
    free = paint(
        MemoryFrames(panning(4)),
        load_settings({**QUICK, "first_iterations": 10}, preset="independent"),
    )
    assert misfit(pulled) < 0.5 * misfit(free)


@pytest.mark.parametrize("preset", ["ruder", "multipass"])
def test_the_reference_presets_run_on_vgg_names(preset):
    options = {
        "effort": 0.01,
        "first_iterations": 100,
        "iterations": 100,
        "long_term": (1, 2),
        "features": "compact",
    }
    if preset == "multipass":
        options = {**options, "sweeps": 2, "temporal_from": 2}
    result = paint(MemoryFrames(panning(3)), load_settings(options, preset=preset))
    assert all(bool(image.isfinite().all()) for image in result)


def test_style_pictures_are_scaled_to_the_frames_area():
    height, width = scaled(torch.zeros(1, 3, 300, 400), (100, 200), 1.0)
    assert abs(height * width - 100 * 200) < 400
    assert abs(width / height - 4 / 3) < 0.02
