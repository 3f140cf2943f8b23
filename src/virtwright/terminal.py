"""The terminal at which a command was typed."""

import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def raw(terminal: int) -> Iterator[None]:
    """Keys are read from the file descriptor as they are pressed, Control-C too."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)  # what was typed ahead counts
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
