"""What goes wrong with an image's source."""

from pathlib import Path

from virtwright.errors import InputError, Problem, Where


class ImageError(InputError):
    """An archive is damaged, hostile or not what the stack says it is. Nothing of it is kept."""

    def __init__(self, message: str, *, source: Path | str, hint: str | None = None) -> None:
        super().__init__([Problem(message, Where(file=str(source)), hint)])
