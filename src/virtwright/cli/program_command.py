"""Commands that end in the command line of a program: ``exec`` and ``ssh``."""

from typing import Any, Final

from typer.core import TyperCommand

_END: Final = "--"


class ProgramCommand(TyperCommand):
    """Its arguments are a resource and a program with its own arguments.

    Options before the resource, and between it and the program, are the command's; from the program on everything is the program's,
    options too. ``--`` may part them, for a program whose name begins with a dash."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._parted(ctx, args))

    def _parted(self, ctx: Any, args: list[str]) -> list[str]:
        """The same with all options first, and ``--`` before the resource. Raises what a wrong option raises."""
        after = len(self._positional(ctx, args)[1:])
        if not after:
            return args
        head, rest = args[:-after], args[-after:]
        program = self._positional(ctx, rest)
        own = rest[: len(rest) - len(program)]
        return [*_without_end(head[:-1]), *_without_end(own), _END, head[-1], *program]

    def _positional(self, ctx: Any, args: list[str]) -> list[str]:
        """What follows the options that ``args`` begins with."""
        parser = self.make_parser(ctx)
        parser.allow_interspersed_args = False
        values, left, _ = parser.parse_args(list(args))
        resource, *more = (values.get(each.name) for each in self.params if each.param_type_name == "argument")
        return [word for word in (resource, *(more[0] or () if more else ()), *left) if isinstance(word, str)]


def _without_end(words: list[str]) -> list[str]:
    return words[:-1] if words[-1:] == [_END] else words
