"""Long shots in parts: where they are cut, that they meet, and that workers give the same bytes."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle import FrameReady, Output, ShotJob, stylize_video
from flowstyle.core.errors import UsageError
from flowstyle.core.threads import Threads
from flowstyle.core.types import Passage, Shot, Survey
from flowstyle.execution.parts import borders, jobs_of, part_length
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.towards import REACH, brought, drawn, share_of
from tests.helpers.painting import style_picture, texture

PART, COUNT = 32, 64
# The bounds below were found with this style weight. With 12 a frame that was painted ahead, amid
# a part, has 1.60 times the median error in place of 1.45.
SETTINGS = {"part": PART, "features": "compact", "first_smallest": 32, "style_weight": 5.0}


def jobs(count: int, length: int, passages: tuple[Passage, ...] = ()) -> list[ShotJob]:
    cuts = tuple(one.cut for one in passages)
    survey = Survey(count, cuts, passages)
    settings = load_settings({})
    common = ShotJob(Path("work"), 0, None, settings, 0, (style_picture(texture(1)),))
    return list(jobs_of(survey.shots[0], survey, common, length))


def test_every_frame_is_in_one_part_and_the_borders_are_in_both() -> None:
    chain, *parts = jobs(100, 24)
    assert chain.piece is not None
    assert chain.piece.keys == (0, 25, 50, 75)
    assert [(job.first, job.last) for job in parts] == [(0, 24), (25, 49), (50, 74), (75, 99)]
    assert [job.piece.towards for job in parts if job.piece] == [25, 50, 75, None]
    assert parts[1].needs == (25, 50)
    assert parts[3].needs == (75,)
    assert not chain.needs
    names = {job.name for job in (chain, *parts)}
    assert len(names) == 5


def test_short_shots_and_other_settings_stay_whole() -> None:
    for count in (1, 20, 24 + 11):
        (whole,) = jobs(count, 24)
        assert (whole.piece, whole.first, whole.last) == (None, 0, count - 1)
    assert part_length(load_settings({"part": 48})) == 48
    for other in ({"sweeps": 1}, {"long_term": (1, 10)}, {"neighbors": False}):
        assert part_length(load_settings({"part": 48, **other})) == 0
    with pytest.raises(UsageError, match="32 frames or more"):
        load_settings({"part": 12})


@pytest.mark.parametrize("length", [32, 48, 100])
def test_parts_are_even_in_number_and_in_length(length: int) -> None:
    for count in range(1, 700):
        found = borders(Shot(7, 6 + count), Survey(7 + count, (7,)), length)
        sizes = np.diff([*found, 7 + count])
        if count <= length or count < 2 * REACH:
            assert found == (7,)
            continue
        assert len(set(sizes[:-1])) == 1
        assert REACH <= sizes[0] <= max(length, 2 * REACH)
        assert 0.48 < sizes[-1] / sizes[0] < 1.5
        if length >= 2 * REACH and len(found) < 12:  # rounding takes little from the last one
            assert len(found) % 2 == 0
            assert sizes[-1] > 0.7 * sizes[0]


def test_no_border_lies_in_a_passage() -> None:
    melting = Passage(46, 54, 50)
    assert borders(Shot(0, 54), Survey(80, (55,), (melting,)), 24) == (0, 28)


def test_the_way_to_the_end_is_made_of_equal_steps() -> None:
    end, left, steps = 100, 1.0, []
    for index in range(end - REACH - 3, end):
        before, left = left, left * (1 - share_of(index, end))
        steps.append(before - left)
    steps.append(left)
    assert steps[:3] == [0, 0, 0]
    assert np.allclose(steps[3:], 1 / (REACH + 1))


def test_colours_come_along_and_still_pixels_stay_where_the_end_does_not_stand_still() -> None:
    ones = torch.ones(1, 1, 4, 4)
    still = torch.zeros(1, 1, 4, 4)
    still[..., :2, :] = 1
    near = Pull(torch.full((1, 3, 4, 4), 0.4), ones, ones, still, 1.0)
    far_still = still.clone()
    far_still[..., :1, :] = 0
    end = Pull(torch.full((1, 3, 4, 4), 0.8), ones, ones, far_still, 1.0)
    image = drawn(near, end, 0.25, 1.0).image
    assert bool((image[..., 0, :] == 0.4).all())
    assert torch.allclose(image[..., 1:, :], torch.tensor(0.5))


def test_motion_boundaries_go_over_to_the_end_as_well() -> None:
    """Where flows do not agree but colours do: left out, all of it would change at the border."""
    ones, nowhere = torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    near = Pull(torch.full((1, 3, 4, 4), 0.4), nowhere, ones, nowhere, 1.0)
    end = Pull(torch.full((1, 3, 4, 4), 0.8), nowhere, ones, nowhere, 1.0)
    assert torch.allclose(drawn(near, end, 0.25, 1.0).image, torch.tensor(0.5))
    assert torch.allclose(brought(near.image, near, end, 0.5), torch.tensor(0.6))


def test_flow_over_many_frames_in_few_steps() -> None:
    """A pan by two pixels a frame: 24 frames are 48 pixels; eight at a time are found directly."""
    wide = texture(3, 64, 400)
    frames = [wide[..., 2 * i : 2 * i + 160].contiguous() for i in range(26)]
    pairs = FlowPairs(DisFlow(), frames.__getitem__)
    try:
        over = pairs.over(24, 0)
        assert torch.equal(pairs.over(0, 24).to_a, pairs.over(0, 24).swapped().to_b)
    finally:
        pairs.close()
    middle = over.to_b[..., 16:48, 4:100]
    assert abs(float(middle[:, 0].median()) - 48) < 0.5
    assert abs(float(middle[:, 1].median())) < 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pan of 64 frames: two parts of 32."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "clip").mkdir()
    wide = texture(5, 48, 320)[0].permute(1, 2, 0).numpy()
    for i in range(COUNT):
        view = wide[:, i : i + 64]
        cv2.imwrite(str(folder / "clip" / f"{i:03d}.png"), (255 * view).round().astype(np.uint8))
    style = texture(9, 48, 48)[0].permute(1, 2, 0).numpy()
    cv2.imwrite(str(folder / "style.png"), (255 * style).round().astype(np.uint8))
    return folder


def render(
    folder: Path, name: str, report=lambda event: None, part: int = PART, **how
) -> list[Tensor]:
    settings = load_settings({**SETTINGS, "first_iterations": 20, "fill_iterations": 6})
    settings = settings.changed(cuts=False, flow_quality="draft", part=part)
    output = Output(folder / name, measure=False, overwrite=True, **how)
    stylize_video(folder / "clip", [folder / "style.png"], settings, output, report=report)
    files = sorted((folder / name).glob("*.png"))
    return [torch.from_numpy(cv2.imread(str(one))).float() / 255 for one in files]


@pytest.mark.slow
def test_parts_meet_and_workers_give_the_same_bytes(folder: Path) -> None:
    """Moved back by the known motion, neighbours differ at a border no more than elsewhere."""
    order: list[int] = []

    def report(event) -> None:
        order.extend([event.frame] if isinstance(event, FrameReady) else [])

    with Threads(1, 1).used():
        here = render(folder, "here", report)
        shared = render(folder, "shared", executor="local", workers=2)
        whole = render(folder, "whole", part=0)
    assert len(here) == COUNT
    assert all(torch.equal(a, b) for a, b in zip(here, shared, strict=True))
    assert order == [0, PART, *(i for i in range(COUNT) if i not in (0, PART))]
    error, usual = misfit(here), misfit(whole)
    over = slice(PART - REACH, PART)
    assert error[PART - 1] <= 1.4 * np.median(error[over])  # no jump at the border
    assert max(error[over]) <= 1.5 * np.median(error[over])  # nor where the blending begins
    assert np.mean(error[over]) <= 1.4 * np.mean(usual[over])


def misfit(frames: list[Tensor]) -> list[float]:
    """Mean squared difference of each frame to the one before, moved by a pixel."""
    pairs = itertools.pairwise(frames)
    return [float((b[:, :-1] - a[:, 1:]).square().mean()) for a, b in pairs]
