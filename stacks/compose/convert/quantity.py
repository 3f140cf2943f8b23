"""Numbers that are written with a unit."""


class Size(int):
    """A number of bytes."""


class Duration(float):
    """A number of seconds."""
