"""Values that are written in a way of their own."""


class Size(int):
    """A number of bytes, written with a unit."""


class Duration(float):
    """A number of seconds, written with units."""


class Reference(str):
    """A text whose ``${...}`` is meant as a reference of the stack. In all other texts it is written so that it means itself."""

    __slots__ = ()
