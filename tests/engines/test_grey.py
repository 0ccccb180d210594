"""A grey style is painted in grey, to the bit, and what is carried stays so."""

from __future__ import annotations

import pytest
import torch

from flowstyle.core.colour import is_grey
from flowstyle.core.events import Event, ignore
from flowstyle.engines.optimised.grey import grey, in_grey
from flowstyle.losses.objective import Objective, Term
from flowstyle.render.prepare import Parts, choose_tools
from flowstyle.render.still import paint_still
from flowstyle.settings import Settings
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.network import TinyNetwork
from tests.helpers.painting import CPU, paint, panning, style_picture, texture

QUICK = {"first_iterations": 4, "first_smallest": 24, "iterations": 2, "fill_iterations": 2}


def pencil() -> torch.Tensor:
    """Grey strokes, without any colour."""
    return grey(texture(5, 32, 32))


def same_in_all_channels(image: torch.Tensor) -> bool:
    return torch.equal(image, image[:, :1].expand_as(image))


def test_luma_is_that_of_bt_601() -> None:
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]).T[None, :, None]
    assert grey(colours)[0, 1, 0].tolist() == pytest.approx([0.299, 0.587, 0.114], abs=1e-3)


def test_every_channel_gets_the_same_gradient() -> None:
    image = pencil().requires_grad_()
    red = torch.rand(1, 3, 32, 32)
    objective = in_grey(Objective(None, {"red": Term(1.0, lambda _, x: ((x - red) ** 2).mean())}))
    (gradient,) = torch.autograd.grad(objective(image)[0], image)
    assert same_in_all_channels(gradient)
    assert float(gradient.abs().mean()) > 0


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_coloured_photograph_becomes_grey_and_that_is_said(optimizer: str) -> None:
    settings = Settings.model_validate(QUICK | {"optimizer": optimizer})
    told: list[Event] = []
    parts, pictures = Parts(network=TinyNetwork()), (style_picture(pencil()),)
    tools = choose_tools(settings, parts, CPU, told.append, pictures)
    photo = texture(3, 40, 56)
    assert not is_grey(photo)
    painted = paint_still(photo, pictures, settings, tools, "photo", ignore, None)
    assert same_in_all_channels(painted)
    assert float((painted - grey(photo)).abs().mean()) > 0.001  # it is painted all the same
    assert [e.text for e in told if getattr(e, "topic", "") == "colours"] == [
        "the style is grey, and so is what is painted"
    ]


@pytest.mark.parametrize(
    ("changes", "style"),
    [
        ({"palette_weight": 0.0}, pencil()),
        ({"match_colors": True}, pencil()),
        ({}, texture(5, 32, 32)),
    ],
    ids=["no palette", "the photograph's colours", "a coloured style"],
)
def test_all_else_has_colours(changes: dict[str, object], style: torch.Tensor) -> None:
    settings = Settings.model_validate(QUICK | changes)
    told: list[Event] = []
    parts, pictures = Parts(network=TinyNetwork()), (style_picture(style),)
    tools = choose_tools(settings, parts, CPU, told.append, pictures)
    painted = paint_still(texture(3, 40, 56), pictures, settings, tools, "photo", ignore, None)
    assert not is_grey(painted)
    assert not [e for e in told if getattr(e, "topic", "") == "colours"]


def test_frames_that_move_stay_grey() -> None:
    settings = Settings.model_validate(QUICK)
    frames = MemoryFrames(panning(4))
    for painted in paint(frames, settings, styles=(style_picture(pencil()),)):
        assert same_in_all_channels(painted)
