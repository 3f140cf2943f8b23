"""Where in a Dockerfile a build failed."""

import re
from typing import Final

_PARSE: Final = re.compile(r"(?:dockerfile parse error )?on line (\d+): ", re.IGNORECASE)
_STEP: Final = re.compile(r"^(?:\[[^\]]*\]|Step \d+/\d+ :)\s*")


def line_of_parse_error(said: str) -> int | None:
    """The line that the daemon names when it can't understand the file."""
    match = _PARSE.search(said)
    return int(match[1]) if match else None


def line_of_step(text: str, step: str) -> int | None:
    """The line where the instruction of a step begins (``[2/3] RUN make``, ``Step 2/3 : RUN make``); None where it can't be
    told for sure."""
    wanted = _plain(_STEP.sub("", step))
    found = [number for number, instruction in _instructions(text) if _plain(instruction) == wanted]
    return found[0] if len(found) == 1 else None


def _instructions(text: str) -> list[tuple[int, str]]:
    """Each instruction with its first line, continuations joined, comments left out."""
    found: list[tuple[int, str]] = []
    current, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not current):
            continue
        start = start if current else number
        current += line.rstrip()
        if current.endswith("\\"):
            current = current[:-1] + " "
            continue
        found.append((start, current))
        current = ""
    return [*found, (start, current)] if current else found


def _plain(instruction: str) -> str:
    word, _, rest = " ".join(instruction.split()).partition(" ")
    return f"{word.upper()} {rest}"
