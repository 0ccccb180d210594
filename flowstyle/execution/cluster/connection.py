"""Starts Ray on this machine, or joins a cluster; the one place that knows Ray's switches.

Ray 2.60 reads most of them from the environment when it is imported, and hands them on to its
daemons.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.execution.cluster.asked import INSTALL, Cluster

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_worker_niceness": "0",  # else its workers give way to all other programs
    # A machine that is lost is found out within 3 s, not 16.
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_health_check_initial_delay_ms": "1000",
}
PATIENCE = 5.0
"""Seconds for each daemon of Ray to end."""
STORE = 256 * 2**20
"""Bytes of shared memory for what is sent; what does not fit goes to Ray's folder on the disk."""
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Set to 0, Ray takes 127.0.0.1 for the address of this machine, on every system."""


class Connection:
    """Ray, ready for jobs.

    Args:
        cluster: where, and what a job gets.
        jobs: how many are to run at a time, where Ray is started here.

    Raises:
        UsageError: Ray is missing, there is no cluster, or no machine there that a job fits on.
        FlowstyleError: Ray does not start.
    """

    def __init__(self, cluster: Cluster, jobs: int) -> None:
        local = cluster.address is None
        ray = _imported(local)
        self.ray = ray
        self._own = not ray.is_initialized()  # a program that uses Ray itself goes on with it
        if self._own:
            _start(ray, cluster, jobs)
        nodes = [node for node in ray.nodes() if node["Alive"]]
        self.nodes = len(nodes)
        self.room = sum(_fit(node["Resources"], cluster) for node in nodes)
        if not self.room:
            self.close()
            most = {
                what: max((node["Resources"].get(what, 0) for node in nodes), default=0)
                for what in ("CPU", "GPU")
            }
            raise UsageError(
                f"no machine has {cluster.each}; the most are "
                f"{most['CPU']:g} CPUs and {most['GPU']:g} GPUs",
                "--cpus-per-job and --gpus-per-job",
                "ask for less",
            )

    def close(self) -> None:
        """Leave the cluster, which ends what runs for this process; end Ray if it began here."""
        if self._own:
            self._own = False
            daemons = _daemons()
            self.ray.shutdown()
            for daemon in daemons:  # which are told to end, and nobody asks whether they have
                with suppress(subprocess.TimeoutExpired):
                    daemon.wait(PATIENCE)


def _daemons() -> list[subprocess.Popen[bytes]]:
    """Processes of Ray that this one has started, as far as they can be told."""
    from ray._private import worker

    started = getattr(getattr(worker, "_global_node", None), "all_processes", {})
    return [info.process for infos in started.values() for info in infos]


def _imported(local: bool) -> Any:
    """Ray, with its switches set."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if local:
        os.environ[LOOPBACK] = "0"
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    else:
        os.environ.pop(LOOPBACK, None)
    try:
        import ray
        from ray._private import ray_constants, worker
    except ImportError as error:
        raise UsageError(f"Ray cannot be loaded: {error}", "--executor ray", INSTALL) from error
    if not ray.is_initialized():  # the environment was read at the first import
        if hasattr(ray_constants, "ENABLE_RAY_CLUSTER"):
            ray_constants.ENABLE_RAY_CLUSTER = not local
        if hasattr(worker, "_worker_logs_enabled"):
            worker._worker_logs_enabled = False  # what daemons say would go to the terminal
    return ray


def _start(ray: Any, cluster: Cluster, jobs: int) -> None:
    """Start it here, or join the cluster."""
    quiet = {"log_to_driver": False, "logging_level": "CRITICAL", "configure_logging": False}
    try:
        with _signals_kept():
            if cluster.address is None:
                ray.init(
                    address="local",
                    num_cpus=jobs * cluster.cpus,
                    include_dashboard=False,
                    object_store_memory=STORE,
                    **quiet,
                )
            else:
                ray.init(address=cluster.address, **quiet)
    except (ConnectionError, ValueError) as error:
        raise UsageError(
            f"no cluster can be joined: {_first_line(error)}",
            f"--address {cluster.address}",
            "start Ray on this machine too: ray start --address=HOST:PORT",
        ) from error
    except (RuntimeError, TimeoutError, OSError, ray.exceptions.RayError) as error:
        raise FlowstyleError(
            f"Ray does not start: {_first_line(error)}",
            "--executor ray",
            "try --workers without --executor, which needs no Ray",
        ) from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself; the handlers of before are put back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fit(resources: dict[str, float], cluster: Cluster) -> int:
    """How many jobs fit on a machine."""
    rooms = [int(resources.get("CPU", 0) // cluster.cpus)]
    if cluster.gpus:
        free = resources.get("GPU", 0)
        whole = cluster.gpus > 1  # else no job is spread over two GPUs
        rooms.append(int(free // cluster.gpus if whole else free * (1 // cluster.gpus)))
    return min(rooms)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
