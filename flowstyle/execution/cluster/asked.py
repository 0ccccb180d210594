"""What is asked of a cluster, as plain data, and what can be refused before Ray is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from flowstyle.core.errors import UsageError

INSTALL = "pip install 'flowstyle[ray]'"


@dataclass(frozen=True)
class Cluster:
    """Where Ray is, and what a job gets there.

    Args:
        address: ``HOST:PORT`` of a cluster, ``auto`` for the one that this machine is a part of;
            None starts Ray here, for this render alone, and nothing of it listens to others.
        cpus: of each job, and as many threads.
        gpus: of each job; 0.5 puts two jobs on a GPU.
        shared_disk: whether the work folder is the same folder on all machines.
        jobs: at a time; None: as many as there is room for.
    """

    address: str | None = None
    cpus: int = 1
    gpus: float = 0.0
    shared_disk: bool = True
    jobs: int | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            UsageError: Ray is missing, or a number makes no sense.
        """
        if find_spec("ray") is None:
            raise UsageError("Ray is not installed", "--executor ray", INSTALL)
        if self.cpus < 1:
            raise UsageError(
                f"{self.cpus} CPUs cannot paint anything", "--cpus-per-job", "give 1 or more"
            )
        if self.gpus < 0 or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise UsageError(
                f"a job cannot have {self.gpus:g} GPUs",
                "--gpus-per-job",
                "give a part of one, such as 0.5, or a whole number",
            )

    @property
    def each(self) -> str:
        """What a job gets, in messages."""
        gpus = f" and {self.gpus:g} GPU{'s' * (self.gpus > 1)}" if self.gpus else ""
        return f"{self.cpus} CPU{'s' * (self.cpus > 1)}{gpus}"
