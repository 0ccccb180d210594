"""``flowstyle weights``: what judges pictures and motion, and where its weights lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.progress import Display, print_json
from flowstyle.cli.tables import rows_of
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import nearest

ACTIONS = {
    "list": "what there is on this machine",
    "fetch": "download VGG19's, 548 MB, once",
    "verify": "read and check what is there, or FILE",
    "import": "take VGG19's from FILE, a copy of torchvision's, into the cache",
}


OTHERS = {
    **dict.fromkeys(("download", "get", "pull", "install", "update"), "fetch"),
    **dict.fromkeys(("check", "test", "hash"), "verify"),
    **dict.fromkeys(("add", "use", "copy", "load"), "import"),
    **dict.fromkeys(("ls", "show", "path", "where", "status"), "list"),
}
"""What the actions are called elsewhere."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("weights")(weights)


def weights(
    action: Annotated[
        str,
        typer.Argument(
            help="; ".join(f"{name}: {what}" for name, what in ACTIONS.items()) + ".",
            autocompletion=completion.among(tuple(ACTIONS)),
        ),
    ] = "list",
    file: Annotated[Path | None, typer.Argument(help="For verify and import.")] = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Weights of feature networks: list, fetch, verify, import.

    flowstyle paints without any of them, by the features that come with it; VGG19's are for final
    renders on a GPU.
    """
    _check(action, file)
    with Display(quiet) as display:
        if action == "fetch":
            from flowstyle.features.cache import fetch

            found = fetch(display)
            _print([("vgg19", str(found), "checked")], json)
        elif action == "import" and file is not None:
            from flowstyle.features.cache import keep
            from flowstyle.features.weights import read_weights

            _print([("vgg19", str(keep(read_weights(file)).path), "checked, kept")], json)
        elif action == "verify":
            _print(list(_verified(file)), json)
        else:
            _print(list(_listed()), json)


def _check(action: str, file: Path | None) -> None:
    """Refuse an action that does not exist, or one whose file is missing or in vain.

    Raises:
        UsageError: as said.
    """
    if action not in ACTIONS:
        near = OTHERS.get(action) or nearest(action, list(ACTIONS), cutoff=0.5)
        advice = f"did you mean flowstyle weights {near}?" if near else f"{', '.join(ACTIONS)}"
        raise UsageError(f"weights cannot be asked to {action}", "flowstyle weights", advice)
    if action == "import" and file is None:
        raise UsageError(
            "the file is missing",
            "flowstyle weights import",
            "write it like flowstyle weights import vgg19-dcbb9e9d.pth",
        )
    if file is not None and action in ("list", "fetch"):
        advice = f"flowstyle weights {action}; a file is for verify and import"
        raise UsageError(f"{action} takes no file", f"flowstyle weights {action} {file}", advice)


Row = tuple[str, str, str]
"""Name, place, state."""


def _listed() -> Iterator[Row]:
    """What there is; nothing is read."""
    from flowstyle.core.resources import asset
    from flowstyle.features.cache import cached_file
    from flowstyle.features.compact import WEIGHTS
    from flowstyle.flow.methods import raft

    yield "compact", str(asset(WEIGHTS)), "features, comes with flowstyle"
    found = cached_file()
    missing = "features, not here: flowstyle weights fetch"
    yield "vgg19", str(found or ""), "features, here" if found else missing
    for size in raft.WEIGHTS:
        here = raft.available(size)
        state = "flow, here" if here else "flow, not needed (DIS serves); it would lie at"
        yield f"raft {size}", str(raft.weights_path(size)), state


def _verified(file: Path | None) -> Iterator[Row]:
    """What was read without a fault.

    Raises:
        WeightsError: something is not what it says.
    """
    from flowstyle.core.resources import asset
    from flowstyle.features.cache import load_cached
    from flowstyle.features.compact import WEIGHTS, load_compact
    from flowstyle.features.weights import read_weights
    from flowstyle.flow.methods import raft

    if file is not None:
        yield "vgg19", str(file), f"good, sha256 {read_weights(file).sha256}"
        return
    load_compact()
    yield "compact", str(asset(WEIGHTS)), "good"
    found = load_cached()
    yield ("vgg19", str(found.path), "good") if found else ("vgg19", "", "not here")
    for size in raft.WEIGHTS:
        if raft.available(size):
            raft.load_network(size)
            yield f"raft {size}", str(raft.weights_path(size)), "good"


def _print(rows: list[Row], json: bool) -> None:
    if json:
        names = ("name", "path", "state")
        print_json({"weights": [dict(zip(names, row, strict=True)) for row in rows]})
    else:
        print("\n".join(rows_of([(name, state, path) for name, path, state in rows])))
