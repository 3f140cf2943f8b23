"""What processes inside have and see, and the lists of what they are meant to: ``python -m tests.escapes.seen`` writes these anew.

A reviewer then reads what has changed: each new line is something that containers have from now on.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.escapes.configurations import CONTAINER, MACHINE, UNMAPPED, Configuration
from tests.escapes.outside import Outside, outside
from tests.escapes.probing import spec_of
from tests.sandbox_lab import SandboxLab, sandbox_lab
from virtwright.providers.namespace.sandbox.spec import BootAction, HealthCheck
from virtwright.providers.namespace.supervisor import Supervisor, remove

EXPECTED: Final = Path(__file__).parent / "expected"
_OF_THE_KERNEL: Final = "[kernel_files]\n"
"""The last section: what a kernel does not have may be missing."""
_PROGRAM: Final = ("/usr/bin/python3", "-m", "tests.escapes.inside.listing")
Look = Callable[[SandboxLab, Outside], str]


def _started(lab: SandboxLab, host: Outside, configuration: Configuration, name: str, **fields: Any) -> str:
    """What the listing tells that a new sandbox makes by itself."""
    spec = replace(spec_of(lab, host, configuration), id=name, folder=str(lab.folder / name), **fields)
    return _told(lab, host, lab.start(spec), name)


def _told(lab: SandboxLab, host: Outside, folder: Path, name: str) -> str:
    told = host.exchange / name
    lab.until(folder, lambda now: told.exists() or not now.alive)
    assert told.exists(), lab.text(folder)
    remove(folder)
    text = told.read_text().replace(str(lab.folder), "SANDBOXES")
    told.unlink()
    return text


def _entered(lab: SandboxLab, host: Outside, configuration: Configuration, name: str, **options: Any) -> str:
    spec = replace(spec_of(lab, host, configuration), id=name, folder=str(lab.folder / name))
    folder = lab.start(spec if spec.init == "system" else replace(spec, argv=("sleep", "600")))
    lab.enter(folder, *_PROGRAM, name, **options)
    return _told(lab, host, folder, name)


def _checked(lab: SandboxLab, host: Outside, name: str) -> str:
    check = HealthCheck(command=(*_PROGRAM, name), interval=600, timeout=60)
    return _started(lab, host, CONTAINER, name, argv=("sleep", "600"), healthcheck=check)


def _booted(lab: SandboxLab, host: Outside, name: str) -> str:
    return _started(lab, host, MACHINE, name, boot=(BootAction("run", argv=(*_PROGRAM, name)),))


LOOKS: Final[dict[str, Look]] = {
    "process-one": lambda lab, host: _started(lab, host, CONTAINER, "process-one", argv=(*_PROGRAM, "process-one")),
    "process-one-unmapped": lambda lab, host: _started(
        lab, host, UNMAPPED, "process-one-unmapped", argv=(*_PROGRAM, "process-one-unmapped")
    ),
    "exec": lambda lab, host: _entered(lab, host, CONTAINER, "exec"),
    "exec-terminal": lambda lab, host: _entered(lab, host, CONTAINER, "exec-terminal", tty=True),
    "exec-machine": lambda lab, host: _entered(lab, host, MACHINE, "exec-machine"),
    "health-check": lambda lab, host: _checked(lab, host, "health-check"),
    "boot-command": lambda lab, host: _booted(lab, host, "boot-command"),
}


def split(text: str) -> tuple[list[str], set[str]]:
    """The lines of all sections but the last, and the lines of that."""
    lines, _, kernel = text.partition(_OF_THE_KERNEL)
    return lines.splitlines(), set(kernel.splitlines())


def main() -> None:
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, outside() as host:
        supervisor = Supervisor(Path(folder), private=(host.folder,))
        with sandbox_lab(host.folder / "sandboxes", Path("/nonexistent"), supervisor) as lab:
            for name, look in LOOKS.items():
                path = EXPECTED / f"{name}.txt"
                lines, kernel = split(look(lab, host))
                known = split(path.read_text())[1] if path.exists() else set()
                path.write_text(
                    "\n".join(lines) + "\n" + _OF_THE_KERNEL + "".join(f"{each}\n" for each in sorted(kernel | known))
                )
                print(path)  # the command's output
        supervisor.close()


if __name__ == "__main__":
    main()
