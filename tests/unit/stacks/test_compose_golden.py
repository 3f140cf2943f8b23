"""What each of the Compose files of the tests becomes: the whole stack, and all that is told of the way to it."""

from pathlib import Path
from typing import Final

import pytest
from tests.compose_lab import FOLDER, NAMES, remark, sample, text
from tests.golden import check

from virtwright.stacks.compose.convert.whole import Converted

GOLDEN: Final = Path(__file__).parent / "golden/compose"
HOSTS: Final = {"docker": "docker:///", "swarm": "swarm:///"}
CASES: Final = [(name, host) for name in NAMES for host in HOSTS]


def written(name: str, host: str) -> str:
    """The stack, and behind it as comments what is secret and what was found."""
    made = sample(name, HOSTS[host])
    secrets = [f"# secret {key}: {len(value)} letters\n" for key, value in made.secrets.items()]
    whole = text(made) + "".join(["\n", *secrets, *map(remark, made.findings)])
    return whole.replace(f"{FOLDER / name}/", "").replace(str(FOLDER), "FOLDER")


@pytest.mark.parametrize(("name", "host"), CASES)
def test_a_compose_file_becomes_the_golden_stack(name: str, host: str) -> None:
    check(GOLDEN / f"{name}.{host}.yaml", written(name, host))


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{host}.yaml" for name, host in CASES}


def test_what_is_lost_is_what_the_findings_say() -> None:
    made: Converted = sample("everything")
    assert made.lost == tuple(each for each in made.findings if each.weight == "lost") != ()
