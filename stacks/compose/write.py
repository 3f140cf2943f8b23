"""The text of a converted stack."""

from virtwright.stacks.compose.convert.whole import Converted
from virtwright.stacks.yaml.write import write_entry
from virtwright.stacks.yaml.write import write_stack as write


def write_stack(converted: Converted, made_from: str) -> str:
    """The YAML text of the stack's file."""
    sections = {
        section: [write_entry(each.name, each.values, each.comment) for each in entries.values()]
        for section, entries in converted.sections.items()
    }
    remark = f"# Made from {made_from} by: virtwright convert\n{_remark(converted)}"
    return write(converted.name, converted.host, converted.config, sections, remark)


def _remark(converted: Converted) -> str:
    count = len(converted.lost)
    keys = "key has" if count == 1 else "keys have"
    return f"# {count} {keys} no counterpart; the command says which.\n" if count else ""
