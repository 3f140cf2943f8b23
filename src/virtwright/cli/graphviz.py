"""SVG through Graphviz's ``dot``."""

import shutil
import subprocess

from virtwright.errors import VirtwrightError

_SECONDS = 120


def to_svg(dot: str) -> str:
    """Draw a DOT graph. Raises ``VirtwrightError`` where Graphviz is missing or fails."""
    program = shutil.which("dot")
    if program is None:
        raise VirtwrightError(
            "Graphviz is needed to draw SVG, and its program dot is not here",
            hint="install the package graphviz, or draw the output of --format dot elsewhere:\n    apt install graphviz",
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"],
            input=dot,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise VirtwrightError(f"Graphviz did not finish in {_SECONDS} seconds", hint="try --format dot") from error
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", None) or error
        raise VirtwrightError(f"Graphviz failed: {detail}") from error
    return done.stdout
