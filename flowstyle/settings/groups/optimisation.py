"""How a frame is optimised, and what a shot's first frame gets beyond the others."""

from __future__ import annotations

from typing import Literal

from flowstyle.settings.declaration import WORK, Group, setting


class Optimisation(Group):
    """Optimiser, its steps, numbers of iterations."""

    effort: float = setting(
        1.0,
        gt=0,
        le=100,
        unit="×",
        panel=WORK,
        needs=["optimised"],
        help="Factor on all numbers of iterations.",
    )
    optimizer: Literal["adam", "lbfgs"] = setting(
        "adam", panel=WORK, needs=["optimised"], help="Method of optimisation."
    )
    learning_rate: float = setting(
        0.012,
        gt=0,
        le=10,
        panel=WORK,
        needs=["optimised"],
        help="Step of a first frame: of Adam in colour units of [0, 1], of L-BFGS a factor, where "
        "1 is usual.",
    )
    next_learning_rate: float | None = setting(
        0.007,
        gt=0,
        le=10,
        panel=WORK,
        cli=False,
        needs=["optimised", "following"],
        help="Step for all but first frames, the first of those that adapt; without one that of "
        "first frames. A smaller one disturbs less.",
    )
    average: float = setting(
        0.8,
        ge=0,
        lt=1,
        panel=WORK,
        cli=False,
        needs=["optimised", "adam"],
        help="Decay of the average of Adam's iterates, the average being the result; 0 takes the "
        "last iterate.",
    )
    first_iterations: int = setting(
        60,
        ge=1,
        unit="iterations",
        panel=WORK,
        needs=["optimised", "not_refined"],
        help="Iterations at each size of a shot's first frame.",
    )
    first_smallest: int = setting(
        128,
        ge=16,
        unit="pixels",
        panel=WORK,
        needs=["optimised"],
        cli=False,
        help="Longer side of the coarsest size of a first frame; sizes double up to the full one.",
    )
    first_start: Literal["content", "noise"] = setting(
        "content",
        panel=WORK,
        needs=["optimised"],
        flag="--start",
        help="What a first frame, or a single picture, starts from.",
    )
    noise: float = setting(
        0.1,
        gt=0,
        le=1,
        panel=WORK,
        needs=["optimised", "noise_start"],
        help="Deviation of the noise start around mid-grey, of a range of 1.",
    )
    levels: int = setting(
        3,
        ge=1,
        le=12,
        unit="levels",
        panel=WORK,
        cli=False,
        needs=["optimised", "adam"],
        help="Sizes at which steps are taken at once: the full one, half of it, a quarter and so "
        "on. 1 is plain Adam, which covers flat areas with fine dots; with 5 and more, dark areas "
        "take the style's brightness.",
    )
    bounded_steps: float = setting(
        0.1,
        ge=0,
        le=100,
        panel=WORK,
        cli=False,
        needs=["optimised", "adam", "following"],
        help="Gradient, as a share of what an unpainted frame has, below which later frames take "
        "smaller steps: finished paint is left alone. 0 takes full steps everywhere.",
    )
    settled: float = setting(
        0.1,
        ge=0,
        le=255,
        unit="of 255",
        panel=WORK,
        cli=False,
        needs=["optimised", "adam", "following"],
        help="Mean change of an iteration below which a later frame is finished, before it has had "
        "all its iterations; where most stands still, of what does not.",
    )
    iterations: int = setting(
        12,
        ge=0,
        unit="iterations",
        panel=WORK,
        needs=["optimised", "not_refined"],
        help="Iterations of a later frame in the first sweep, at most unless further ones are set; "
        "of every frame where each is made alone.",
    )
    further_iterations: int = setting(
        0,
        ge=0,
        unit="iterations",
        panel=WORK,
        cli=False,
        needs=["optimised", "not_refined", "adam", "following", "own_masks"],
        help="How many more, in larger steps, a later frame gets while its loss still falls by "
        "0.4% in one: if 1% of what moves is new, or lost by fast motion. Other frames then get a "
        "quarter more of the usual iterations at most, in steps that are longer or shorter by "
        "what they bring. With 0 there is neither.",
    )
