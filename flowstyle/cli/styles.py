"""``flowstyle styles``: the trained networks of this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import options
from flowstyle.cli.options import RESULT
from flowstyle.cli.progress import print_json
from flowstyle.networks.card import SUFFIX

if TYPE_CHECKING:
    from flowstyle.networks.library import Shelved


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("styles")(styles)


def styles(
    name: Annotated[
        str | None, typer.Argument(help="A network: its name in the list, or a file.")
    ] = None,
    show: Annotated[
        Path | None,
        typer.Option(help="Write its style picture, e.g. to STYLE.png.", rich_help_panel=RESULT),
    ] = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """List the trained networks: bundled ones, and those in your own folder of them.

    ``flowstyle run CLIP NAME.safetensors`` paints with one.
    """
    # torch: only once the options are right
    from flowstyle.core.errors import UsageError
    from flowstyle.media.pictures import write_picture
    from flowstyle.networks.file import load_trained
    from flowstyle.networks.library import Shelved, located, own_folder, shelf

    if show is not None and name is None:
        raise UsageError(
            "no network was named whose picture is to be shown",
            "--show",
            f"flowstyle styles NAME --show {show}",
        )
    if name is None:
        found, refused = shelf()
    else:
        path = located(Path(name if name.lower().endswith(SUFFIX) else name + SUFFIX))
        found, refused = [Shelved(path, load_trained(path))], []
    if show is not None:
        write_picture(show, found[0].trained.picture, overwrite)
    for error in refused:
        print(f"flowstyle: passed over {error.where}: {error.what}", file=sys.stderr)
    if json:
        print_json({"folder": own_folder(), "networks": [_facts(one) for one in found]})
        return
    for one in found:
        print(_line(one))
    if not found:
        print(f"none yet; flowstyle train makes them, and {own_folder()} is looked into")


def _facts(one: Shelved) -> dict[str, Any]:
    """All that is known of a network, as JSON types."""
    return {
        **one.trained.card.model_dump(mode="json"),
        "path": str(one.path),
        "bundled": one.bundled,
        "bytes": one.path.stat().st_size,
        "sha256": one.trained.digest,
    }


def _line(one: Shelved) -> str:
    """A network for a person."""
    card = one.trained.card
    pictures = " + ".join(style.name for style in card.styles)
    figures = "".join(f", {name} {value:.3g}" for name, value in card.figures.items())
    size = f"{one.path.stat().st_size / 1e6:.2f} MB"
    where = "bundled" if one.bundled else str(one.path)
    return f"{one.path.stem}: {pictures}, {card.steps} steps{figures}, {size}, {where}"
