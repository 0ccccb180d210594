"""Frames by a trained network: its own paint, that of the frame before, and that nothing is kept.

With the dial at 1 the paint must be the carried paint to the last bit of what a frame is kept in;
at 0 the network's own.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Stage
from flowstyle.core.types import Passage
from flowstyle.engines.network.engine import NetworkEngine
from flowstyle.engines.network.painter import KEPT
from flowstyle.engines.protocol import ShotOpening
from flowstyle.features.compact import load_compact
from flowstyle.flow.pairs import FlowPairs
from flowstyle.guides.styles import ConstantStyles
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.task import FrameTask
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import CancelWhen, context, paint, panning, style_picture, texture
from tests.helpers.trained import trained

STEP = 2
"""Pixels by which ``panning`` moves from frame to frame."""


class KnownMotion:
    """The flow of ``panning``, exactly."""

    name, digest, reach = "known", "", "direct"
    takes_start = mended = steadied = False

    def __call__(self, target, source, frames=None, start=None) -> Tensor:
        flow = torch.zeros_like(target[:, :2])
        flow[:, 0] = STEP * (frames[0] - frames[1])
        return flow


UNTOUCHED = {"hold_colors": False, "features": "compact", "precision": "fp32"}
"""Without what would touch the painted frames, or round them: some CPUs take to bfloat16."""


def settings(**more) -> Settings:
    """Settings as the engine has them, but for :data:`UNTOUCHED`."""
    return NetworkEngine(trained()).adapted(Settings.from_preset("default", **UNTOUCHED, **more))


def run(frames: MemoryFrames | None = None, **more) -> list[Tensor]:
    frames = frames or MemoryFrames(panning(5))
    pairs = FlowPairs(KnownMotion(), frames.sources.load)
    return paint(frames, settings(**more), engine=NetworkEngine(trained()), pairs=pairs)


def alone(content: Tensor) -> Tensor:
    """A frame by the network itself."""
    with torch.no_grad():
        return trained().network(content)


def test_a_first_frame_is_the_networks_own() -> None:
    content = panning(1)[0]
    (painted,) = run(MemoryFrames([content]))
    assert painted.std() > 0.05
    torch.testing.assert_close(painted, alone(content), atol=2e-4, rtol=0)


def test_locked_paint_is_carried_along_the_motion() -> None:
    painted = run(stability=1)
    for index in (1, 4):
        # Away from the right border, where the pan shows what was not there before.
        seen, shift = slice(4, 48 - STEP * index - 6), STEP * index
        moved = painted[0][..., seen.start + shift : seen.stop + shift]
        assert (painted[index][..., seen] - moved).abs().max() < 1e-3
        assert (painted[index][..., seen] - painted[0][..., seen]).abs().mean() > 0.02


def test_a_share_of_new_paint_renews_what_is_carried() -> None:
    """Paint that is wrong by as much everywhere is gone by 1 − 0.95 in each frame."""
    content = texture(1, 32, 48)
    wrong = (alone(content) + 0.1).clamp(0, 1)
    left = (one(content, wrong, 1.0) - alone(content)) / (wrong - alone(content))
    changed = (wrong - alone(content)).abs() > 0.05
    torch.testing.assert_close(left[changed].mean(), torch.tensor(KEPT), atol=1e-3, rtol=0)


def test_a_dial_of_0_makes_every_frame_alone() -> None:
    frames = panning(3)
    for content, painted in zip(frames, run(MemoryFrames(frames), stability=0), strict=True):
        torch.testing.assert_close(painted, alone(content), atol=2e-4, rtol=0)


def test_what_comes_into_view_is_not_carried() -> None:
    locked, boiling = run(stability=1), run(stability=0)
    different = (locked[1] - boiling[1]).abs().mean((0, 1, 2))
    assert different[-1] < 0.01  # the newest column
    assert different[8:40].min() > 0.02


def task(content: Tensor, carried: Tensor, usable: float) -> FrameTask:
    mask = torch.full_like(content[:, :1], usable)
    pull = Pull(carried, mask, mask, torch.zeros_like(mask), 1.0)
    return FrameTask(1, 1, Stage.STYLISE, content, near=pull)


def one(content: Tensor, carried: Tensor, usable: float, **more) -> Tensor:
    """One frame over carried paint."""
    styles = ConstantStyles.of([style_picture(texture(9, 32, 32))])
    chosen = settings(**more)
    painter = NetworkEngine(trained()).open(ShotOpening(0, content), styles, context(chosen))
    return painter.paint(task(content, carried, usable * chosen.trust)).image


GREY = torch.full((1, 3, 32, 48), 0.25)


@pytest.mark.parametrize(("dial", "kept"), [(0.2, 0.518), (0.6, KEPT), (0.8, 0.9948), (1.0, 1.0)])
def test_the_dial_says_how_much_is_kept_and_counts_once(dial: float, kept: float) -> None:
    """Below 0.6 the dial lowers the masks too, which is not to count beside it."""
    content = texture(1, 32, 48)
    expected = alone(content) + kept * (GREY - alone(content))
    found = one(content, GREY, 1.0, stability=dial)
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("trust", [0.5, 1.0])
def test_settings_without_the_dial_keep_what_they_trust(trust: float) -> None:
    content = texture(1, 32, 48)
    expected = alone(content) + KEPT * trust * (GREY - alone(content))
    torch.testing.assert_close(one(content, GREY, 1.0, trust=trust), expected, atol=1e-5, rtol=0)


def test_distrusted_paint_counts_for_nothing() -> None:
    content = texture(1, 32, 48)
    torch.testing.assert_close(one(content, GREY, 0.0), alone(content), atol=1e-6, rtol=0)


def test_a_passage_is_mixed_of_both_shots() -> None:
    first, second = panning(3, seed=1), panning(4, seed=2)
    mixed = [0.5 * a + 0.5 * b for a, b in zip(panning(2, seed=1), second[:2], strict=True)]
    frames = MemoryFrames([*first, *mixed, *second[2:]], passages=(Passage(3, 4, 4),))
    painted = run(frames)
    assert len(painted) == 7
    assert (painted[3] - painted[2]).abs().mean() > 0.005
    assert (painted[3] - painted[5]).abs().mean() > 0.005


def test_a_run_that_was_cut_off_goes_on_to_the_same_bytes() -> None:
    whole = run()
    for stop in (1, 3):
        frames = MemoryFrames(panning(5))
        token = CancelWhen(lambda frames=frames, stop=stop: len(frames.painted.committed) >= stop)
        pairs = FlowPairs(KnownMotion(), frames.sources.load)
        with pytest.raises(Cancelled):
            paint(frames, settings(), token, engine=NetworkEngine(trained()), pairs=pairs)
        assert len(frames.painted.committed) == stop
        resumed = run(frames)
        assert all(torch.equal(a, b) for a, b in zip(resumed, whole, strict=True))


def test_the_token_is_asked_before_a_frame() -> None:
    token = CancelToken()
    token.cancel()
    content = texture(1, 32, 48)
    styles = ConstantStyles.of([style_picture(texture(9, 32, 32))])
    chosen = context(settings(), cancel=token)
    painter = NetworkEngine(trained()).open(ShotOpening(0, content), styles, chosen)
    with pytest.raises(Cancelled):
        painter.paint(FrameTask(0, 0, Stage.FIRST_FRAME, content))


def test_nothing_is_gathered_that_no_network_looks_at() -> None:
    adapted = NetworkEngine(trained()).adapted(
        Settings.from_preset("multipass", long_term=(1, 5), stability=0.4)
    )
    assert (adapted.sweeps, adapted.long_term, adapted.fill_iterations) == (0, (), 0)
    assert (adapted.engine, adapted.flow_quality, adapted.stability) == ("network", "quick", 0.4)
    fine = NetworkEngine(trained()).adapted(Settings(flow_quality="fine"))
    assert fine.flow_quality == "fine"
    assert NetworkEngine(trained()).adapted(adapted) == adapted


def test_networks_are_told_apart_by_their_weights() -> None:
    digests = {NetworkEngine(trained(seed)).digest for seed in (0, 0, 1)}
    assert len(digests) == 2
    assert all(len(digest) == 64 for digest in digests)


def test_an_engine_without_a_network_paints_nothing() -> None:
    content = texture(1, 32, 48)
    styles = ConstantStyles.of([style_picture(content)])
    with pytest.raises(UsageError, match="no trained network"):
        NetworkEngine().open(ShotOpening(0, content), styles, context(settings()))


def gram(image: Tensor) -> Tensor:
    """Gram matrix of a picture's features, by its formula."""
    found = load_compact()(image, ["relu2_1"])["relu2_1"][0].flatten(1).double()
    return found @ found.T / found.shape[1]


def test_refining_brings_the_networks_frame_to_the_style() -> None:
    frames, style = panning(3), gram(texture(9, 32, 32))
    plain = run(MemoryFrames(frames))
    refined = run(
        MemoryFrames(frames), refine=3, palette_weight=0.0
    )  # an untrained one's is far off
    for before, after in zip(plain, refined, strict=True):
        start, end = ((gram(image) - style).square().mean() for image in (before, after))
        assert end < 0.8 * start
        assert 1e-3 < (after - before).abs().mean() < 0.15  # it goes on, and not from elsewhere


def test_no_refining_leaves_the_networks_frame() -> None:
    assert settings(refine=0).flow_quality == "quick"
    assert (settings(refine=3).iterations, settings(refine=3).first_iterations) == (3, 30)
    assert settings(refine=3, neighbors=False).first_iterations == 3  # none follow from another
    assert settings(refine=3).flow_quality == "default"
