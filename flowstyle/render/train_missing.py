"""A network that a render asks for and that is not there yet is trained first, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from flowstyle.core import disk
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Report
from flowstyle.networks.card import SUFFIX
from flowstyle.networks.names import own_folder
from flowstyle.render.style_pictures import StyleLike, name_of, read_styles
from flowstyle.render.train_style import TrainingPlan, train_style
from flowstyle.settings import Settings

MINUTES = 10.0


def train_missing(
    styles: Sequence[StyleLike],
    settings: Settings | None,
    budget: float | None,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Train a network for the one picture of a render, into the folder of the user's own ones.

    Args:
        styles: of the render: one picture.
        settings: of the render; device, features and seed count.
        budget: seconds in which the render is to end, which no training fits into.
        report: told how long it takes, and the progress.
        cancel: asked before each step.

    Raises:
        UsageError: there is a budget of time.
        Interrupted: cancelled; the same command goes on with the training.
        OutputError: the folder cannot be made.
    """
    (picture,) = read_styles(styles)
    name = f"{name_of(styles[0])}-{picture.identity[:8]}{SUFFIX}"
    if budget is not None:
        raise UsageError(
            "no network was trained for this picture, and the budget leaves no time for it",
            "--budget",
            f"train one first: flowstyle train {picture.path or name_of(styles[0])} -o {name}",
        )
    path = own_folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk.explain(error, path.parent) from error
    report(
        Decision(
            "engine",
            f"no network was trained for {picture.name or 'the picture'}: that is done first, in "
            f"{MINUTES:g} minutes, and kept as {path}",
        )
    )
    plan = TrainingPlan(path, MINUTES, preview=False, overwrite=True)
    try:
        train_style(styles, plan, settings, report=report, cancel=cancel)
    except Interrupted as ended:
        path.unlink(missing_ok=True)  # half learned: the same command is to go on with it
        raise Interrupted(
            ended.signum, ended.where, "the same command goes on with the training"
        ) from None
