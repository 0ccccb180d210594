"""``flowstyle batch JOBS.toml``: many renders from one file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

from flowstyle.cli import options
from flowstyle.cli.options import RESULT
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.errors import Interrupted
from flowstyle.core.plain import one_line
from flowstyle.core.signals import StopFlag

if TYPE_CHECKING:
    from flowstyle.batch.check import Checked
    from flowstyle.batch.file import Batch
    from flowstyle.batch.result import JobResult

NOT_ALL = 3
"""Exit code where a job failed, or has damaged frames repeated."""

WIDE = 160
"""Columns of a table that goes into a file."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("batch")(batch)


def batch(
    jobs: Annotated[Path, typer.Argument(help="A TOML file of jobs.", readable=False)],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check all jobs and list them.", rich_help_panel=RESULT),
    ] = False,
    stop_at_first_failure: Annotated[
        bool,
        typer.Option(
            "--stop-at-first-failure",
            help="Begin no further job once one has failed.",
            rich_help_panel=RESULT,
        ),
    ] = False,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help="Set earlier work aside where it is of other settings.",
            rich_help_panel=RESULT,
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint all that a file of jobs asks for: clips × styles × settings.

    The same command again goes on where it stopped, and passes over what is done.
    """
    from flowstyle.batch.check import look_at  # torch: only once the options are right
    from flowstyle.batch.file import read_batch
    from flowstyle.batch.run import paint_batch

    asked = _asked(read_batch(jobs), overwrite=overwrite, restart=restart)
    with StopFlag() as stop:
        if dry_run:
            _tell_jobs(look_at(asked, stop.token), json=json)
            return
        results: list[JobResult] = []
        ended: Interrupted | None = None
        try:
            with Display(quiet) as display:
                for result in paint_batch(asked, report=display, cancel=stop.token):
                    results.append(result)
                    if json:
                        print_json({"event": "job", "of": len(asked.jobs), **result.as_dict()})
                    if stop_at_first_failure and result.error is not None:
                        break
        except Interrupted as error:
            ended = error
        _tell(results, asked, ended, json=json, quiet=quiet)
        if ended is not None:
            raise ended
        stop.raise_if_set("after the last job; all results are there", "nothing")
    if not all(result.fine for result in results):
        raise typer.Exit(NOT_ALL)


def _asked(batch: Batch, *, overwrite: bool, restart: bool) -> Batch:
    """The batch with what the command line adds to all of its jobs."""
    added: dict[str, Any] = {"overwrite": overwrite, "restart": restart}
    given = {name: value for name, value in added.items() if value}
    jobs = (replace(job, output=replace(job.output, **given)) for job in batch.jobs)
    return replace(batch, jobs=tuple(jobs))


def _tell_jobs(checked: Sequence[Checked], *, json: bool) -> None:
    """Print what would be painted."""
    if json:
        for one in checked:
            print_json(one.as_dict())
        return
    rows = (
        (
            str(one.job.number),
            one.job.name,
            "" if one.size is None else f"{one.size[0]}×{one.size[1]}",
            _number(one.frames),
            str(one.job.path),
            str(one.state),
        )
        for one in checked
    )
    _print_table(("job", "clip × style", "size", "frames", "output", "state"), rows)
    known = [one.frames for one in checked if one.frames is not None]
    print(f"{len(checked)} jobs, {sum(known)} frames")


def _tell(
    results: Sequence[JobResult],
    batch: Batch,
    ended: Interrupted | None,
    *,
    json: bool,
    quiet: bool,
) -> None:
    """Print the table, and on stderr what is not as it was asked for, even where all else is quiet.

    Args:
        results: of the jobs that ended.
        batch: with all jobs.
        ended: what stopped the batch early.
        json: as JSON.
        quiet: no table.
    """
    if json:
        print_json(
            {
                "event": "batch",
                "jobs": len(batch.jobs),
                "ended": len(results),
                "failed": [one.number for one in results if one.error is not None],
                "degraded": [one.number for one in results if one.repeated],
            }
        )
    elif not quiet and (results or ended is None):
        rows = [_row(one) for one in results]
        for number, job in enumerate(batch.jobs[len(results) :]):
            stopped = ended is not None and number == 0
            rows.append(
                (str(job.number), job.name, "", "", "", "stopped" if stopped else "not begun")
            )
        columns = ("job", "clip × style", "frames", "seconds", "warp error", "outcome")
        _print_table(columns, rows)
        made = next((one for one in results if one.error is None), None)
        if made is not None:
            path = one_line(made.path)
            print(f"a batch writes no reports: flowstyle report {path} makes one, of any job")
    for one in results:
        if one.repeated:
            listed = ", ".join(map(str, one.repeated))
            print(
                f"job {one.number}: {one.name}: damaged frames repeated: {listed}", file=sys.stderr
            )
        if one.error is not None:
            error = one.error
            print(f"job {one.number} failed: {one.name}: {error.what}", file=sys.stderr)
            print(f"  where:      {error.where}", file=sys.stderr)
            print(f"  what to do: {error.advice}", file=sys.stderr)


def _row(one: JobResult) -> tuple[str, ...]:
    """A job's line of the table."""
    seconds = "" if one.seconds is None else f"{one.seconds:.0f}"
    outcome = str(one.outcome)
    if one.error is not None:
        outcome += f" (exit code {one.error.exit_code})"
    return (str(one.number), one.name, _number(one.frames), seconds, one.verdict, outcome)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Draw a table on stdout; numbers stand to the right."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        justify: JustifyMethod = "right" if name in ("job", "frames", "seconds") else "left"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
