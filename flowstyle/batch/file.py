"""Reads a file of jobs: each ``[[job]]`` gives a render for each clip, style and settings."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from flowstyle.batch.job import USUAL_NAME, USUAL_NAME_WITH_SETTINGS, Job, result_name
from flowstyle.batch.missing import tell_missing
from flowstyle.batch.options import OWN, Values, named, output_names, read_output
from flowstyle.batch.problems import Problems, standing_in
from flowstyle.batch.sources import globs, placed, read_clips, read_styles
from flowstyle.core import disk
from flowstyle.core.amounts import read_budget
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import advice_for, nearest
from flowstyle.networks.brought import brought_by
from flowstyle.settings import Settings
from flowstyle.settings.catalogue import fields
from flowstyle.settings.loading import put_together

TOP = ("defaults", "settings", "job")
"""What a file consists of."""

LIKE = 'below each [[job]] write clip = "CLIP.mp4" and style = "STYLE.jpg"'


@dataclass(frozen=True)
class Batch:
    """All that a file asks for.

    Args:
        file: its path.
        jobs: in order.
        patterns: those that clips and styles were found by, as paths.
    """

    file: Path
    jobs: tuple[Job, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Variant:
    """Settings with their name, which is empty for those that a job brings itself."""

    name: str
    values: Values


NOTHING = Variant("", {})


def read_batch(file: Path) -> Batch:
    """Read a file of jobs; nothing that it names is opened yet, or looked for if the file is right.

    Args:
        file: TOML; paths in it count from its folder.

    Raises:
        UsageError: it cannot be read, or says what has no meaning; all of it is told at once.
    """
    content = _read(file)
    problems = Problems(file)
    with problems:
        _check_top(content)
    problems.refuse()
    defaults: Values = {}
    with problems:
        defaults = named(content.get("defaults", {}), "[defaults]")
    variants: dict[str, Variant] = {}
    for name, table in content.get("settings", {}).items():
        with problems:
            variants[name] = Variant(name, named(table, f"[settings.{name}]", only_settings=True))
    tell_missing(content, file.parent, problems)
    problems.refuse()
    jobs: list[Job] = []
    patterns: list[str] = []
    for number, table in enumerate(content["job"], start=1):
        with problems:
            reader = _Table(number, file, defaults, variants)
            jobs += reader.jobs(table)
            patterns += reader.patterns
    tell_missing(content, file.parent, problems)
    problems.refuse()
    return Batch(
        file,
        tuple(replace(job, number=number) for number, job in enumerate(jobs, start=1)),
        tuple(dict.fromkeys(patterns)),
    )


def _read(file: Path) -> dict[str, Any]:
    """The content of a file of jobs."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the file of jobs cannot be read: {_reason(error)}",
            file,
            advice_for(file, "check the path") if disk.why_missing(file) else LIKE,
        ) from error


def _reason(error: Exception) -> str:
    """Why a file cannot be read, in words."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _check_top(content: Mapping[str, Any]) -> None:
    """Refuse what no file of jobs consists of."""
    for name in content:
        if name not in TOP:
            near = nearest(name, list(TOP))
            hint = f"did you mean {near}? " if near else ""
            raise UsageError(
                f"a file of jobs has no {name!r} at its top",
                name,
                f"{hint}It consists of [defaults], [settings.NAME] and [[job]]",
            )
    for name in ("defaults", "settings"):
        inner = content.get(name, {})
        tables = [inner, *(inner.values() if name == "settings" and _is_table(inner) else ())]
        if not all(map(_is_table, tables)):
            like = "[defaults]" if name == "defaults" else "[settings.NAME]"
            raise UsageError(f"{name!r} is no table", name, f"write {like}, and values below it")
    jobs = content.get("job", [])
    if not isinstance(jobs, list) or not jobs or not all(map(_is_table, jobs)):
        what = "[job] stands in place of [[job]]" if _is_table(jobs) and jobs else "there is no job"
        raise UsageError(what, "job", LIKE)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


class _Table:
    """Makes jobs of one ``[[job]]``.

    Args:
        number: of the table, from 1.
        file: of jobs.
        defaults: what holds where the table says nothing.
        variants: settings by name.
    """

    def __init__(
        self, number: int, file: Path, defaults: Values, variants: Mapping[str, Variant]
    ) -> None:
        self._number = number
        self._base = file.parent
        self._defaults = defaults
        self._variants = variants
        self.place = f"[[job]] {number}"
        self.patterns: list[str] = []

    def jobs(self, table: Mapping[str, Any]) -> list[Job]:
        """All clips in all styles with all settings."""
        own = named(table, self.place)
        values = self._defaults | own
        for needed in ("clip", "style"):
            if needed not in values:
                raise UsageError(f"{needed} is missing", self.place, f'write {needed} = "PATH"')
        clips = read_clips(values["clip"], self._base, self.place)
        styles = read_styles(values["style"], self._base, self.place)
        self.patterns = globs([values["clip"], values["style"]], self._base)
        return [
            self._job(values, own.keys(), clip, pictures, variant)
            for clip, pictures, variant in product(
                clips, styles, self._chosen(values.get("settings"))
            )
        ]

    def _job(
        self,
        values: Values,
        own: Collection[str],
        clip: Path,
        styles: tuple[Path, ...],
        variant: Variant,
    ) -> Job:
        """One render.

        Args:
            values: of the table, on top of the defaults.
            own: names of those that the table itself gives.
            clip: one.
            styles: one, or several that are blended.
            variant: settings on top of all others.
        """
        with standing_in(self.place):
            output = read_output(values, self.place)
            settings = self._settings(values, styles, variant)
            budget = values.get("budget")
            seconds = None if budget is None else read_budget(str(budget))
            usual = USUAL_NAME_WITH_SETTINGS if variant.name else USUAL_NAME
            pattern = _text(values.get("output", usual), "output", self.place)
            path = placed(self._base, result_name(pattern, clip, styles, variant.name, self.place))
        return Job(
            number=0,
            table=self._number,
            clip=clip,
            styles=styles,
            variant=variant.name,
            settings=settings,
            given=frozenset({*own, *variant.values} & fields().keys() - {"preset"}),
            output=output,
            path=path,
            blend=_weights(values.get("blend"), self.place),
            budget=seconds,
        )

    def _settings(self, values: Values, styles: Sequence[Path], variant: Variant) -> Settings:
        """The settings: the variant's lie on top."""
        beside = {*OWN, *output_names().values()}
        given = {name: value for name, value in values.items() if name not in beside}
        given |= variant.values
        preset = _text(given.pop("preset", "default"), "preset", self.place)
        given |= brought_by(styles, given)
        found = {name: self._located(name, value) for name, value in given.items()}
        return put_together(found, preset=preset)

    def _located(self, name: str, value: Any) -> Any:
        """A setting's value; one that names a file or a folder counts from the file of jobs."""
        if not isinstance(value, str):
            return value
        if fields()[name].kind is Path:
            return placed(self._base, value)
        if name == "flow" and value not in fields()[name].choices:
            folder = placed(self._base, value)
            return str(folder) if disk.is_folder(folder) else value  # or a method by its name
        return value

    def _chosen(self, value: Any) -> list[Variant]:
        """The settings that a job is to be painted with: its own, or some with names."""
        if value is None:
            return [NOTHING]
        if _is_table(value):
            return [Variant("", named(value, self.place, only_settings=True))]
        names = value if isinstance(value, list) and value else [value]
        return [self._by_name(_text(name, "settings", self.place)) for name in names]

    def _by_name(self, name: str) -> Variant:
        if name.endswith(".toml"):
            path = placed(self._base, name)
            return Variant(path.stem, named(_read(path), str(path), only_settings=True))
        if name in self._variants:
            return self._variants[name]
        near = nearest(name, list(self._variants))
        raise UsageError(
            f"there are no settings {name!r}",
            self.place,
            f"did you mean {near!r}?" if near else f"write them below [settings.{name}]",
        )


def _text(value: Any, name: str, place: str) -> str:
    """A value that must be text."""
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{name} = {value!r} is no text", place, f'write {name} = "…"')
    return value


def _weights(value: Any, place: str) -> tuple[float, ...] | None:
    """The weights of styles that are blended."""
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    if not numbers or not all(type(one) in (int, float) for one in numbers):
        raise UsageError(
            f"blend = {value!r} is no list of numbers", place, "write blend = [0.7, 0.3]"
        )
    return tuple(map(float, numbers))
