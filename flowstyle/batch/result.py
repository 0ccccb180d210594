"""What came of the jobs of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from flowstyle.batch.check import Checked
from flowstyle.core.errors import FlowstyleError
from flowstyle.metrics.summary import TRANSPORT, word
from flowstyle.render.result import Rendered


class Outcome(StrEnum):
    """How a job ended."""

    DONE = "done"
    ALREADY = "done already"
    DEGRADED = "damaged frames repeated"
    FAILED = "failed"


@dataclass(frozen=True)
class JobResult:
    """What came of one job.

    Args:
        number: of the job, from 1.
        name: clip × style, and the name of its settings.
        path: of its result.
        outcome: how it ended.
        frames: of the result.
        seconds: that it took.
        transport: warp error over that of ideal transport, None where it was not measured.
        repeated: frames that stand in for damaged ones.
        rendered: the result, where this run of the batch made it.
        error: why it failed.
    """

    number: int
    name: str
    path: Path
    outcome: Outcome
    frames: int | None = None
    seconds: float | None = None
    transport: float | None = None
    repeated: tuple[int, ...] = ()
    rendered: Rendered | None = None
    error: FlowstyleError | None = None

    @property
    def fine(self) -> bool:
        """Whether the result is there and as it was asked for."""
        return self.error is None and not self.repeated

    @property
    def verdict(self) -> str:
        """The warp error and what it means; "" where it was not measured."""
        if self.transport is None:
            return ""
        return f"{self.transport:.1f} {word(self.transport, TRANSPORT)}"

    def facts(self) -> dict[str, Any]:
        """What is noted of it, and told again when it is done already."""
        return {
            "frames": self.frames,
            "seconds": self.seconds,
            "transport": self.transport,
            "repeated": list(self.repeated),
        }

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        error = self.error and {
            "what": self.error.what,
            "where": self.error.where,
            "advice": self.error.advice,
            "exit_code": self.error.exit_code,
        }
        return {
            "job": self.number,
            "name": self.name,
            "path": str(self.path),
            "outcome": str(self.outcome),
            **self.facts(),
            "rendered": None if self.rendered is None else self.rendered.as_dict(),
            "error": error,
        }


def of_rendered(checked: Checked, rendered: Rendered) -> JobResult:
    """The result of a job that was painted."""
    figures = rendered.figures
    measured = None if figures is None else figures.transport
    job = checked.job
    return JobResult(
        job.number,
        job.name,
        job.path,
        Outcome.DEGRADED if rendered.repeated else Outcome.DONE,
        rendered.frames,
        rendered.seconds,
        None if measured is None else measured.value,
        tuple(rendered.repeated),
        rendered,
    )


def of_done(checked: Checked) -> JobResult:
    """The result of a job that an earlier run of the batch finished."""
    facts, job = checked.facts, checked.job
    repeated = tuple(facts.get("repeated") or ())
    return JobResult(
        job.number,
        job.name,
        job.path,
        Outcome.DEGRADED if repeated else Outcome.ALREADY,
        facts.get("frames"),
        facts.get("seconds"),
        facts.get("transport"),
        repeated,
    )


def of_failed(checked: Checked, error: FlowstyleError) -> JobResult:
    """The result of a job that could not be finished."""
    job = checked.job
    return JobResult(job.number, job.name, job.path, Outcome.FAILED, error=error)
