"""Command lines in forks start with all that they import, and with the classes made from it: else each of some thousand does the same again."""

import sys

import pytest
from tests.complete_classes import incomplete
from tests.e2e.operator_lab import Operator
from tests.e2e.typing_in_a_fork import CommandLine, in_a_fork

pytestmark = pytest.mark.root
_STACK = """\
stack: shop
hosts: {here: {uri: "HOST"}}
networks: {back: {cidr: 10.77.0.0/24}}
containers: {web: {image: host, command: [sleep, "9"], networks: [back]}}
"""


class Watched(CommandLine):
    """Tells on standard error, last, what it has imported."""

    def run(self) -> None:
        before = set(sys.modules)
        try:
            super().run()
        finally:
            print(*sorted(set(sys.modules) - before), file=sys.stderr)


class Unready(CommandLine):
    """Writes which of its classes it would have to complete, and does nothing else."""

    def run(self) -> None:
        self.streams[1].write_text("".join(f"{each}\n" for each in incomplete()))


@pytest.mark.parametrize("word", ["validate", "plan"])
def test_nothing_is_left_to_import(word: str, operator: Operator) -> None:
    operator.write(_STACK)
    code, out, err = in_a_fork(Watched, [word], operator.folder, operator.environment, None, 120)
    assert code == 0, out + err
    assert err.splitlines()[-1] == ""


def test_nothing_is_left_to_complete(operator: Operator) -> None:
    assert in_a_fork(Unready, [], operator.folder, operator.environment, None, 120) == (0, "", "")
