"""Every probe of the table in every configuration: what opens is what the table says, and nothing else."""

import pytest

from tests.escapes.configurations import ALL, CONTAINER, Configuration
from tests.escapes.document import DOCUMENT, text
from tests.escapes.outside import Outside
from tests.escapes.probing import Results, probed, spec_of
from tests.escapes.table import ADDED, PROBES, UNMAPPED, Probe
from tests.escapes.weakened.defences import DEFENCES
from tests.escapes.weakened.sandboxes import fields_without, weakened_lab
from tests.sandbox_lab import SandboxLab
from virtwright.providers.namespace.kernel.capabilities import numbers, permitted
from virtwright.providers.namespace.supervisor import StartFailedError

pytestmark = pytest.mark.root
WITHOUT = tuple(dict.fromkeys(probe.without for probe in PROBES if probe.without))


def is_open(probe: Probe, configuration: Configuration) -> bool:
    """What the table says."""
    words = {
        configuration.name,
        *([] if configuration.mapped else [UNMAPPED]),
        *([ADDED] if configuration.fields.get("capabilities") else []),
    }
    return not words.isdisjoint(probe.open_in)


def unlike(results: Results, expected: dict[str, str]) -> str:
    """The probes that did not end as expected, one to a line, with why."""
    return "\n".join(
        f"{name}: {results[name][0]} where {state} is expected: {results[name][1]}"
        for name, state in expected.items()
        if results[name][0] != state
    )


@pytest.mark.parametrize("configuration", ALL, ids=lambda configuration: configuration.name)
def test_only_what_a_stack_asked_for_is_open(
    host: Outside, sandboxes: SandboxLab, configuration: Configuration
) -> None:
    if not numbers(configuration.fields.get("capabilities", ())) <= permitted():
        with pytest.raises(StartFailedError, match="runs without it on this machine"):
            sandboxes.start(spec_of(sandboxes, host, configuration))
        return
    results = probed(sandboxes, host, configuration)
    told = unlike(results, {probe.name: "open" if is_open(probe, configuration) else "closed" for probe in PROBES})
    assert not told, f"\n{told}"


@pytest.mark.parametrize("without", WITHOUT, ids=", ".join)
def test_a_probe_succeeds_without_its_defences(host: Outside, without: tuple[str, ...]) -> None:
    with weakened_lab(host, without) as lab:
        results = probed(lab, host, CONTAINER, **fields_without(without))
    told = unlike(results, {probe.name: "open" for probe in PROBES if probe.without == without})
    assert not told, f"\n{told}"


def test_each_probe_is_seen_to_succeed_somewhere() -> None:
    assert [probe.name for probe in PROBES if not probe.without and not probe.open_in] == []


def test_the_table_names_each_thing_once_and_nothing_else() -> None:
    names = [probe.name for probe in PROBES]
    assert len(names) == len(set(names))
    defences = {word for probe in PROBES for word in probe.without}
    known = {*DEFENCES, "seccomp", "user namespace"}
    assert {word for word in defences - known if not word.startswith("CAP_")} == set()
    places = {word for probe in PROBES for word in probe.open_in} - {UNMAPPED, ADDED}
    assert places <= {configuration.name for configuration in ALL}


def test_the_document_says_what_is_tried() -> None:
    """Where it does not: ``.venv/bin/python -m tests.escapes.document``."""
    assert DOCUMENT.read_text() == text()
