"""Starts Ray on this machine, or joins a cluster; the one place that knows Ray's switches.

Ray 2.60 reads most of them from the environment when it is imported, and hands them on to its
daemons.
"""

from __future__ import annotations

import os
import signal
import socket
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
QUIETLY = {"log_to_driver": False, "logging_level": "CRITICAL", "configure_logging": False}
PATIENCE = 5.0
"""Seconds for each daemon of Ray to end, and for a cluster to answer."""
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
        ray = _imported(cluster.loopback)
        self.ray = ray
        self._own = not ray.is_initialized()  # a program that uses Ray itself goes on with it
        self._daemons: list[subprocess.Popen[bytes]] = []
        if self._own:
            with _signals_kept():
                if cluster.address is None:
                    _begin(ray, jobs * cluster.cpus)
                else:
                    _join(ray, cluster.address)
            self._daemons = _daemons()
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

    @property
    def lost(self) -> bool:
        """Whether a daemon of Ray has ended that was started here."""
        return any(daemon.poll() is not None for daemon in self._daemons)

    def close(self) -> None:
        """Leave the cluster, which ends what runs for this process; end Ray if it began here."""
        if not self._own:
            return
        self._own = False
        if self.lost:  # whoever speaks with what is left is ended by Ray, without a word
            for daemon in self._daemons:
                daemon.kill()
        else:
            self.ray.shutdown()
        for daemon in self._daemons:  # which are told to end, and nobody asks whether they have
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(PATIENCE)


def _daemons() -> list[subprocess.Popen[bytes]]:
    """Processes of Ray that this one has started, as far as they can be told."""
    from ray._private import worker

    started = getattr(getattr(worker, "_global_node", None), "all_processes", {})
    return [info.process for infos in started.values() for info in infos]


def _imported(loopback: bool) -> Any:
    """Ray, with its switches set.

    Args:
        loopback: whether it is to listen to this machine alone.

    Raises:
        UsageError: it is missing or broken.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if loopback:
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
            ray_constants.ENABLE_RAY_CLUSTER = not loopback
        if hasattr(worker, "_worker_logs_enabled"):
            worker._worker_logs_enabled = False  # what daemons say would go to the terminal
    return ray


def _begin(ray: Any, cpus: int) -> None:
    """Start Ray on this machine."""
    try:
        ray.init(
            address="local",  # whatever the environment says of another one
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=STORE,
            **QUIETLY,
        )
    except Exception as error:  # where a daemon does not come up in time, it is nothing but that
        raise FlowstyleError(
            f"Ray does not start: {_first_line(error)}",
            "--executor ray",
            "try --workers without --executor, which needs no Ray",
        ) from error


def _join(ray: Any, address: str) -> None:
    """Become a part of a cluster."""
    try:
        _knock(address)
        ray.init(address=address, **QUIETLY)
    except Exception as error:  # as above
        raise UsageError(
            f"no cluster can be joined: {_first_line(error)}",
            f"--address {address}",
            "give HOST:PORT of its head, and make this machine a part of it: "
            "ray start --address=HOST:PORT",
        ) from error


def _knock(address: str) -> None:
    """See whether anybody is there: Ray itself would try for minutes.

    Raises:
        OSError: nobody is.
        ValueError: it is no address.
    """
    host, _, port = address.rpartition(":")
    if address != "auto":
        if not host or not port.isdigit():
            raise ValueError(f"{address} is neither HOST:PORT nor auto")
        socket.create_connection((host, int(port)), PATIENCE).close()


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
    """How many jobs fit on a machine.

    Example:
        >>> _fit({"CPU": 8.0, "GPU": 1.0}, Cluster(cpus=2, gpus=0.5))
        2
    """
    rooms = [int(resources.get("CPU", 0) // cluster.cpus)]
    if cluster.gpus:
        free = resources.get("GPU", 0)
        whole = cluster.gpus > 1  # else no job is spread over two GPUs
        rooms.append(int(free // cluster.gpus if whole else free * (1 // cluster.gpus)))
    return min(rooms)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
