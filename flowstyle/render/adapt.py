"""The settings of a render as its engine makes use of them."""

from __future__ import annotations

from collections.abc import Sequence

from flowstyle.core.events import Decision, Report
from flowstyle.engines.network.engine import NetworkEngine
from flowstyle.engines.protocol import Engine
from flowstyle.settings import Settings, option_of


def adapted(engine: Engine, settings: Settings, report: Report) -> Settings:
    """The settings without what the engine makes no use of; what that changes is said."""
    changed = engine.adapted(settings)
    before, after = settings.model_dump(), changed.model_dump()
    others = [name for name in after if after[name] != before[name]]
    if others:
        report(Decision("engine", _in_words(engine, others, changed.refine)))
    return changed


def _in_words(engine: Engine, others: Sequence[str], refine: int) -> str:
    """What paints, and what it does otherwise than the settings say, for the user.

    Args:
        engine: the render's.
        others: names of the settings that it does not take as they are.
        refine: iterations that follow on a network's frame.
    """
    if not isinstance(engine, NetworkEngine):
        return f"{engine.name}; {', '.join(map(option_of, others))} count for nothing with it"
    quick = ", motion and masks are found quickly" if "flow_quality" in others else ""
    more = f" and {refine} iterations of the optimiser" if refine else ""
    return f"a trained network, one pass a frame{more}{quick}"
