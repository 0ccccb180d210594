"""Further sweeps over a shot, in alternating direction."""

from __future__ import annotations

from flowstyle.settings.declaration import LOSSES, WORK, Group, setting

_LATER = ("optimised", "following", "later_sweeps")


class Sweeps(Group):
    """Further sweeps over a shot."""

    sweeps: int = setting(
        0,
        ge=0,
        unit="sweeps",
        panel=WORK,
        needs=["optimised", "following"],
        help="Further sweeps over a shot, there and back; an even number ends forward in time.",
    )
    sweep_iterations: int = setting(
        6,
        ge=0,
        unit="iterations",
        panel=WORK,
        cli=False,
        needs=_LATER,
        help="Iterations of every frame in a later sweep.",
    )
    sweep_temporal_weight: float | None = setting(
        None,
        ge=0,
        panel=LOSSES,
        cli=False,
        needs=_LATER,
        help="Temporal weight of the later sweeps; without one that of the first.",
    )
    sweep_both: bool = setting(
        True,
        panel=WORK,
        cli=False,
        needs=_LATER,
        help="Pull to both neighbours in later sweeps. False: only to the one already done.",
    )
    sweep_blend: float = setting(
        0.0,
        ge=0,
        panel=WORK,
        cli=False,
        needs=_LATER,
        help="Weight of the warped neighbour in the start of a later sweep (Ruder's multi-pass: "
        "1).",
    )
    temporal_from: int = setting(
        1,
        ge=1,
        unit="sweeps",
        panel=WORK,
        cli=False,
        needs=["optimised", "following"],
        help="Number of the first sweep with a temporal term, 1 being the first of all.",
    )
