"""Starting a sandbox that tries all probes, and reading what became of them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.escapes.configurations import Configuration
from tests.escapes.outside import Outside
from tests.sandbox_lab import SandboxLab
from virtwright.providers.namespace.sandbox.spec import HOST, MountPoint, SandboxSpec
from virtwright.providers.namespace.supervisor import remove

_HERE: Final = Path(__file__).parent
_ENV: Final = {
    "PYTHONPATH": "/probes",
    "PYTHONPYCACHEPREFIX": "/exchange/bytecode",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}
Results = dict[str, tuple[str, str]]
"""By probe: ``open``, ``closed`` or ``broken``, and why."""


def spec_of(lab: SandboxLab, outside: Outside, configuration: Configuration, **fields: Any) -> SandboxSpec:
    """A container with the host's programs, the probes, a volume to tell results by and one with a device node."""
    mounts = (
        MountPoint(str(_HERE), "/probes/tests/escapes", read_only=True),
        MountPoint(str(outside.exchange), "/exchange"),
        MountPoint(str(outside.volume), "/volume"),
    )
    id = re.sub("[^a-z]+", "-", configuration.name.lower()).strip("-")
    spec = lab.spec(id=id, layers=(HOST,), mounts=mounts, env=_ENV, **configuration.fields)
    return replace(spec, **fields)


def probed(lab: SandboxLab, outside: Outside, configuration: Configuration, **fields: Any) -> Results:
    """What became of each probe; those of a machine are run by ``exec``, as it has no program of its own."""
    spec = spec_of(lab, outside, configuration, **fields)
    program = ("/usr/bin/python3", "-m", "tests.escapes.inside", spec.id)
    told = outside.exchange / spec.id
    told.unlink(missing_ok=True)
    if spec.init == "system":
        folder = lab.start(spec)
        assert lab.enter(folder, *program) == 0
    else:
        folder = lab.start(replace(spec, argv=program))
        lab.until(folder, lambda now: not now.alive)
    assert told.exists(), lab.text(folder)
    results = {name: (state, why) for name, (state, why) in json.loads(told.read_text()).items()}
    remove(folder)
    return results
