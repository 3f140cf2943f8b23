"""The tokens of ``ssh_config(5)``: ``%h`` and the like, ``~`` and ``${NAME}``."""

import re
from collections.abc import Mapping
from pathlib import Path

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the tokens stand for, for one host."""

    values: Mapping[str, str]
    home: Path
    environment: Mapping[str, str]

    def text(self, text: str) -> str:
        """``text`` with each ``%`` token replaced once. Raises ``InputError`` for one that is not known."""

        def value(found: re.Match[str]) -> str:
            if found[1] == "%":
                return "%"
            if found[1] not in self.values:
                raise InputError.one(f"the SSH configuration has %{found[1]} in '{text}', which has no meaning here")
            return self.values[found[1]]

        return re.sub("%(.?)", value, text, flags=re.DOTALL)

    def path(self, text: str) -> str:
        """``text`` as a path: also ``~/`` and ``${NAME}`` are replaced. Raises ``InputError``."""

        def variable(found: re.Match[str]) -> str:
            if found[1] not in self.environment:
                raise InputError.one(f"the SSH configuration has ${{{found[1]}}}, which is not set")
            return self.environment[found[1]]

        expanded = re.sub(r"\$\{(\w+)\}", variable, self.text(text))
        if expanded == "~" or expanded.startswith("~/"):
            return str(self.home / expanded[2:])
        return expanded
