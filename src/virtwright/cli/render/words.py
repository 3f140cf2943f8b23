"""How ops and impacts look: their signs, words and colours."""

from collections.abc import Mapping
from typing import Final

from virtwright.engine.step import FORGOTTEN, UNCOMPARED, Op
from virtwright.providers.diff import Impact

SIGNS: Final[Mapping[Op, str]] = {
    Op.SAME: "=",
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.REPLACE: "±",
    Op.DELETE: "-",
    Op.READ: "<",
    Op.IMPORT: ">",
    Op.ADOPT: "&",
    Op.MOVE: "→",
}
STYLES: Final[Mapping[Op, str]] = {
    Op.SAME: "dim",
    Op.CREATE: "green",
    Op.UPDATE: "yellow",
    Op.REPLACE: "magenta",
    Op.DELETE: "red",
    Op.READ: "cyan",
    Op.IMPORT: "cyan",
    Op.ADOPT: "cyan",
    Op.MOVE: "cyan",
}
DONE: Final[Mapping[Op, str]] = {
    Op.SAME: "unchanged",
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.READ: "read",
    Op.IMPORT: "imported",
    Op.ADOPT: "adopted",
    Op.MOVE: "moved",
}
UNDER_WAY: Final[Mapping[Op, str]] = {
    Op.SAME: "checking",
    Op.CREATE: "creating",
    Op.UPDATE: "updating",
    Op.REPLACE: "replacing",
    Op.DELETE: "deleting",
    Op.READ: "reading",
    Op.IMPORT: "importing",
    Op.ADOPT: "adopting",
    Op.MOVE: "moving",
}
IMPACT_STYLES: Final[Mapping[Impact, str]] = {
    Impact.NONE: "dim",
    Impact.LIVE: "green",
    Impact.REBOOT: "yellow",
    Impact.RECREATE: "magenta",
    Impact.DATA_LOSS: "bold red",
}
IMPACT_WORDS: Final[Mapping[Impact, str]] = {
    Impact.NONE: "costs nothing",
    Impact.LIVE: "while it runs",
    Impact.REBOOT: "it is restarted",
    Impact.RECREATE: "it is made anew",
    Impact.DATA_LOSS: "its data is lost",
}


def count_words(summary: Mapping[str, int], *, planned: bool) -> str:
    """``2 to create, 1 to delete`` or ``2 created, 1 deleted``; what is unchanged comes last."""
    counts = [(op, summary.get(op.value, 0)) for op in Op if op is not Op.SAME]
    parts = [f"{count} to {op.value}" if planned else f"{count} {DONE[op]}" for op, count in counts if count]
    if kept := summary.get(FORGOTTEN, 0):
        parts.append(f"{kept} to forget" if planned else f"{kept} forgotten")
    if failed := summary.get("failed", 0):
        parts.append(f"{failed} failed")
    if unsure := summary.get(UNCOMPARED, 0):
        parts.append(f"{unsure} not compared")
    if same := summary.get(Op.SAME.value, 0):
        parts.append(f"{same} unchanged")
    return ", ".join(parts) or "nothing to do"
