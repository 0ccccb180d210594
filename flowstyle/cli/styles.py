"""``flowstyle styles``: the trained networks of this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.options import RESULT
from flowstyle.cli.progress import print_json
from flowstyle.cli.tables import rows_of
from flowstyle.core import disk
from flowstyle.core.errors import StyleImageError, UsageError, WeightsError
from flowstyle.core.nearby import advice_for
from flowstyle.networks.card import is_trained
from flowstyle.networks.names import as_network, located, meant_network, own_folder

if TYPE_CHECKING:
    from flowstyle.networks.library import Shelved

EXPLAINED = """
  style    how far its paint was from the picture's when the training ended; smaller is nearer.
           Compare networks of one picture only: it depends on the picture
  content  how far its paint was from what is seen; smaller is more recognisable
  steps    of the training: more of them give better paint (flowstyle train --minutes)

flowstyle run CLIP {name}  paints with a network
flowstyle styles {name} --show STYLE.png  shows the picture that it was trained for"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("styles")(styles)


def styles(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A network: its name in the list, or its file. A picture: the network that was "
            "trained for it.",
            autocompletion=completion.styles,
        ),
    ] = None,
    show: Annotated[
        Path | None,
        typer.Option(help="Write its style picture, e.g. to STYLE.png.", rich_help_panel=RESULT),
    ] = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """List the trained networks: bundled ones, and those in your own folder of them.

    ``flowstyle run CLIP NAME`` paints with one.
    """
    # torch: only once the options are right
    from flowstyle.media.pictures import write_picture
    from flowstyle.networks.library import shelf

    if show is not None and name is None:
        raise UsageError(
            "no network was named whose picture is to be shown",
            "--show",
            f"flowstyle styles NAME --show {show}",
        )
    found, refused = shelf() if name is None else ([_named(Path(name))], [])
    if show is not None:
        write_picture(show, found[0].trained.picture, overwrite)
        if not json:
            print(f"{show}: the picture that {found[0].path.stem} was trained for")
            return
    for error in refused:
        print(f"flowstyle: passed over {error.where}: {error.what}", file=sys.stderr)
    if json:
        print_json({"folder": own_folder(), "networks": [_facts(one) for one in found]})
    elif found:
        print("\n".join(rows_of([_HEAD, *map(_row, found)])))
        print(EXPLAINED.replace("{name}", found[0].path.stem))
    else:
        print(f"none yet; flowstyle train makes them, and {own_folder()} is looked into")


def _named(name: Path) -> Shelved:
    """The network of a name, of a file, or the one that was trained for a picture.

    Raises:
        StyleImageError: none was trained for this picture.
        WeightsError: there is no such network, or its file is refused.
    """
    from flowstyle.core.files import sha256_file
    from flowstyle.networks.file import load_trained
    from flowstyle.networks.library import Shelved, for_picture

    if is_trained(as_network(name)):
        path = located(as_network(name))
        return Shelved(path, load_trained(path))
    missing = disk.why_missing(name)
    if missing and not name.suffix:
        raise WeightsError(f"the network {missing}", name, meant_network(name.name))
    if missing or not name.is_file():
        usual = "give a network's name, or the picture that it was trained for"
        what = f"the picture {missing or 'is not a file'}"
        raise StyleImageError(what, name, advice_for(name, usual) if missing else usual)
    found = for_picture(sha256_file(name))
    if found is None:
        raise StyleImageError(
            "no network was trained for this picture",
            name,
            f"flowstyle train {name} makes one; flowstyle run CLIP {name} needs none",
        )
    return found


def _facts(one: Shelved) -> dict[str, Any]:
    """All that is known of a network, as JSON types."""
    return {
        **one.trained.card.model_dump(mode="json"),
        "path": str(one.path),
        "bundled": one.bundled,
        "bytes": one.path.stat().st_size,
        "sha256": one.trained.digest,
    }


_HEAD = ("name", "made for", "steps", "style", "content", "size", "where")


def _row(one: Shelved) -> tuple[str, ...]:
    """A network for a person, in the columns of ``_HEAD``."""
    card = one.trained.card
    figures = [f"{card.figures[name]:.3g}" if name in card.figures else "" for name in _HEAD[3:5]]
    pictures = " + ".join(style.name for style in card.styles)
    size = disk.readable_size(one.path.stat().st_size)
    where = "comes with flowstyle" if one.bundled else str(one.path)
    return (one.path.stem, pictures, str(card.steps), *figures, size, where)
