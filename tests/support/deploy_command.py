"""The deploy and rollback commands as processes of their own, which may be killed at a chosen request."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.cluster_server import Call, Fault
from tests.support.delivery import World
from tests.support.helm import CHART, helm

_TIMEOUT_SECONDS = 400


@dataclass
class Killing:
    """Kills a command, and the helm it runs, when the cluster is asked for something.

    Attributes:
        when: Whether this is the request.
        happened: Whether it was made.
    """

    when: Callable[[Call], bool]
    happened: bool = False
    group: int = field(default=0)

    def fault(self, call: Call) -> Fault | None:
        """For `Cluster.fault`: nobody is told whether the request was carried out, and it was not."""
        if self.happened or not self.group or not self.when(call):
            return None
        self.happened = True
        os.killpg(self.group, signal.SIGKILL)
        return Fault()


def run(world: World, command: str, *words: str, killing: Killing | None = None) -> subprocess.CompletedProcess[str]:
    """Run `presswerk deploy` or `presswerk rollback` to its end, or until it is killed."""
    places: Sequence[str] = (
        *("--config", str(world.directory / "platform.yaml"), "--kubeconfig", str(world.kubeconfig)),
        *("--entry-address", f"127.0.0.1:{world.entry.port}", "--yes"),
        *(("--charts", str(world.charts), "--chart", str(CHART)) if command == "deploy" else ()),
    )
    environment = {
        "PATH": f"{helm().binary.parent}:/usr/bin:/bin",
        "HOME": str(world.directory),
        "SSL_CERT_FILE": str(world.entry.authority),
        "NO_COLOR": "1",
    }
    return to_its_end(world, [sys.executable, "-m", "presswerk.cli", command, *places, *words], environment, killing)


def to_its_end(
    world: World, command: Sequence[str], environment: Mapping[str, str], killing: Killing | None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, or until it is killed."""
    with subprocess.Popen(
        [*command],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        if killing is not None:
            killing.group = process.pid
            world.cluster.fault = killing.fault
        try:
            out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            world.cluster.fault = lambda _call: None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
