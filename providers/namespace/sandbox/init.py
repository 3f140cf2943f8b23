"""Process 1 of a system container: it runs the boot list, reaps what is orphaned, and ends all on request."""

import json
import os
import signal
import time
from contextlib import suppress
from typing import Final, NoReturn

from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.title import set_title
from virtwright.providers.namespace.sandbox import boot, program
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

POWER_OFF: Final = frozenset(
    {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPWR, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT}
)
"""What hosts and the poweroff commands of init systems send to process 1."""


def run(spec: SandboxSpec, env: dict[str, str], link: int, *, run_boot: bool) -> NoReturn:
    """Never returns. ``link`` is where the end of the boot list is told, as a line of JSON."""
    set_title("init")
    signal.pthread_sigmask(signal.SIG_BLOCK, POWER_OFF | {signal.SIGCHLD})
    for number in POWER_OFF:
        signal.signal(number, _noted)  # a handler must be there, or the kernel keeps the signal from process 1
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _boot(spec, env, link, run_boot=run_boot)
    os.close(link)
    while signal.sigwait(POWER_OFF | {signal.SIGCHLD}) == signal.SIGCHLD:
        _reap()
    _end_all(spec.stop_timeout)
    os._exit(0)


def _noted(number: int, frame: object) -> None:
    """Signals are blocked and waited for; this only marks them as caught."""


def _boot(spec: SandboxSpec, env: dict[str, str], link: int, *, run_boot: bool) -> None:
    pid = os.fork()
    if pid:
        return
    try:
        program.fresh_signals()
        try:
            boot.run(spec.boot, env, first=run_boot)
            message = {"boot": "done"}
        except (SandboxError, OSError) as error:
            message = {"boot": "failed", "error": str(error)}
        except Exception as error:  # noqa: BLE001  (told to the shim, whatever it is)
            message = {"boot": "failed", "error": f"{type(error).__name__}: {error}"}
        os.write(link, json.dumps(message).encode() + b"\n")
        os.close(link)
        if spec.argv:
            program.execute(spec.argv, env)
    except SandboxError as error:
        os.write(2, f"{error.message}\n".encode())
    finally:
        os._exit(0)


def _reap() -> bool:
    """Take note of all ended children; False where no child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _end_all(grace: float) -> None:
    """Ask every process to end, wait for ``grace`` seconds, then kill."""
    _signal_all(signal.SIGTERM)
    end = time.monotonic() + grace
    while _reap() and (left := end - time.monotonic()) > 0:
        signal.sigtimedwait({signal.SIGCHLD}, left)
    _signal_all(signal.SIGKILL)


def _signal_all(number: int) -> None:
    with suppress(ProcessLookupError):  # nobody is left
        os.kill(-1, number)
