"""Writes docs/reference/settings.md from the declarations of the settings and the presets.

python scripts/docs/settings_page.py --write
python scripts/docs/settings_page.py --check     # ends with 1 when the page is stale
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.settings import load_preset  # noqa: E402
from flowstyle.settings.catalogue import SettingField, fields, words  # noqa: E402
from flowstyle.settings.declaration import Panel  # noqa: E402
from flowstyle.settings.effects import NEEDS  # noqa: E402
from flowstyle.settings.presets import PRESET_FOLDER, bundled_names  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "settings.md"

HEAD = """\
# Settings

<!-- Made by scripts/docs/settings_page.py from flowstyle/settings; do not edit. -->

Everything that decides the pixels of a render. What is set later wins:

    defaults < preset < settings file < options of the command

Your own defaults, `defaults.toml` in the folder above the one that `flowstyle presets` names, lie
below a preset that you name and above the one that is taken where you name none. A line `defaults`
says what they set; `--no-defaults` leaves them aside.

- Options: those named below; `flowstyle COMMAND --help` lists the ones that a command offers.
- Settings file: `flowstyle run CLIP STYLE --settings my.toml`, with lines like `iterations = 20`,
  and a table `[result]` with `codec`, `pix_fmt`, `quality`, `audio`, `on_corrupt`, `fps`, `stream`
  and `blend`.
- Beside every painted clip lies such a file, `OUT.toml`, with every setting as it was used.
  `--settings OUT.toml` gives the same bytes again, whatever your defaults and presets are by then;
  options change single ones.
- Python: `flowstyle.settings.Settings.from_preset("default", iterations=20)`.

Fields without an option are set in a settings file or in Python. A list is written `["a", "b"]` in
a file and `a,b` on the command line.
"""

COLUMNS = ("field", "option", "default", "range or choices", "unit", "what it is", "no effect when")

PRESETS_HEAD = """\
## Presets

`--preset NAME`; `flowstyle presets` lists them with what they cost. A file `NAME.toml` in your own
folder of presets is one too. `image` takes `still` where none is asked for, and with `--alpha-beta`
or `--sweep` what `gatys` sets on top of it.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for panel in get_args(Panel):
        rows = [_row(field) for field in fields().values() if field.panel == panel]
        if rows and panel != "Presets":
            parts.append(f"## {panel}\n\n{table(COLUMNS, rows)}")
    return "\n".join([*parts, _presets()])


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines
    )


def value(one: Any) -> str:
    """A value as a settings file would hold it; nothing at all for None."""
    if one is None:
        return "none"
    if isinstance(one, bool):
        return f"`{str(one).lower()}`"
    if isinstance(one, tuple | list):
        return "`[" + ", ".join(value(item).strip("`") for item in one) + "]`"
    if isinstance(one, float):
        return f"`{one:g}`"
    return f"`{one}`" if isinstance(one, int) else f'`"{one}"`'


def _row(field: SettingField) -> list[str]:
    """One field."""
    option = field.flag.replace("/", "`, `")
    lacking = [NEEDS[need].when for need in field.needs]
    return [
        f"`{field.name}`",
        f"`{option}`" if field.declared.cli else "",
        value(field.default),
        words(field.choices) or field.range,
        field.declared.unit,
        field.help,
        ", or ".join(lacking),
    ]


def _presets() -> str:
    """What each preset is for, and a table of what each sets."""
    names = bundled_names()
    set_by = {name: load_preset(name) for name in names}
    about = "".join(f"- **{name}**: {_comment(PRESET_FOLDER / f'{name}.toml')}\n" for name in names)
    rows = [
        [f"`{field}`", *(value(set_by[n][field]) if field in set_by[n] else "" for n in names)]
        for field in fields()
        if any(field in values for values in set_by.values())
    ]
    return f"{PRESETS_HEAD}\n{about}\n{table(('field', *names), rows)}"


def _comment(path: Path) -> str:
    """The comment at the head of a preset's file, in one line."""
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true")
    action.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if current != page():
        print(f"{PAGE.relative_to(ROOT)} is stale: run scripts/docs/settings_page.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
