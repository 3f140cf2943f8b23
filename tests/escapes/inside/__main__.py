"""``python3 -m tests.escapes.inside NAME``: tries every probe and writes ``NAME`` with what became of it."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Final

from tests.escapes.inside.facts import EXCHANGE
from tests.escapes.inside.system_calls import Refused
from tests.escapes.table import PROBES

_PATIENCE: Final = 20
"""Seconds after which a probe is ended."""


def tried(probe: Callable[[], str]) -> tuple[str, str]:
    """``open``, ``closed`` or ``broken``, and why: in a process of its own, as a probe may change what it is."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        signal.alarm(_PATIENCE)
        try:
            result = "open", probe()
        except (OSError, Refused) as error:
            result = "closed", str(error)
        except BaseException:  # noqa: BLE001  (told, whatever it is)
            result = "broken", traceback.format_exc()
        os.write(write, json.dumps(result).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        told = file.read(1 << 20)
    _, status = os.waitpid(pid, 0)
    if not told:
        return "broken", f"it ended with {status}"
    state, why = json.loads(told)
    return state, why


def main() -> None:
    results = {probe.name: tried(probe.attempt) for probe in PROBES}
    scratch = EXCHANGE / f".{sys.argv[1]}"
    scratch.write_text(json.dumps(results))
    scratch.rename(EXCHANGE / sys.argv[1])


main()
