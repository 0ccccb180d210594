"""Options that were given and cannot have an effect: said, instead of ignored in silence.

A field names what it needs where it is declared (``needs=[...]``); what the names mean stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flowstyle.settings.catalogue import fields
from flowstyle.settings.settings import Settings


@dataclass(frozen=True)
class Need:
    """What must hold for a field to have an effect.

    Attributes:
        lacking: whether it does not hold.
        when: the same in words, with fields in backticks, for the documentation.
        reason: the same in words, as an explanation to who set the field.
    """

    lacking: Callable[[Settings], bool]
    when: str
    reason: str


NEEDS = {
    "optimised": Need(
        lambda s: s.engine == "network" and not s.refine,
        "`engine` is network without `refine`",
        "a trained network paints",
    ),
    "not_refined": Need(
        lambda s: s.engine == "network" and s.refine > 0,
        "`refine` is given",
        "--refine says how many iterations a frame gets",
    ),
    "network": Need(
        lambda s: s.engine != "network", "`engine` is not network", "no trained network paints"
    ),
    "following": Need(
        lambda s: not s.neighbors, "`neighbors` is false", "every frame is made alone"
    ),
    "own_masks": Need(
        lambda s: s.mask_rule == "reference",
        "`mask_rule` is reference",
        "the reference's masks are used",
    ),
    "vgg19": Need(
        lambda s: s.features == "compact",
        "`features` is compact",
        "the compact features have none",
    ),
    "temporal_term": Need(
        lambda s: not s.temporal_weight, "`temporal_weight` is 0", "the temporal weight is 0"
    ),
    "later_sweeps": Need(lambda s: not s.sweeps, "`sweeps` is 0", "there is one sweep only"),
    "one_sweep": Need(
        lambda s: s.sweeps > 0, "`sweeps` is above 0", "shots get several sweeps, each over a whole"
    ),
    "no_long_term": Need(
        lambda s: bool(s.long_term), "`long_term` is given", "farther frames pull, over whole shots"
    ),
    "warped_start": Need(
        lambda s: s.start != "warped",
        "`start` is not warped",
        "frames do not start from their neighbour",
    ),
    "filled_start": Need(
        lambda s: not s.fill_content, "`fill_content` is false", "open areas are not filled"
    ),
    "noise_start": Need(
        lambda s: "noise" not in (s.first_start, s.start),
        "neither `first_start` nor `start` is noise",
        "nothing starts from noise",
    ),
    "adam": Need(lambda s: s.optimizer != "adam", "`optimizer` is lbfgs", "L-BFGS is used"),
    "lbfgs": Need(lambda s: s.optimizer != "lbfgs", "`optimizer` is adam", "Adam is used"),
    "dis": Need(
        lambda s: s.flow not in ("auto", "dis"), "`flow` is not DIS", "the flow is not made by DIS"
    ),
    "no_list_of_shots": Need(
        lambda s: s.shots is not None, "`shots` is given", "a file lists the shots"
    ),
}


def without_effect(settings: Settings, given: Collection[str]) -> dict[str, str]:
    """Which of the given settings do nothing in a render, and why.

    Args:
        settings: of the render.
        given: names of the settings that the user set.

    Returns:
        Name of the setting to the reason, that of the first need that is not met.
    """
    found: dict[str, str] = {}
    for name in sorted(given):
        needs = (NEEDS[need] for need in fields()[name].needs)
        reason = next((need.reason for need in needs if need.lacking(settings)), None)
        if reason is not None:
            found[name] = reason
    return found
