"""``moved:`` resources that got another name since the last apply."""

from virtwright.schemas.declarations import Moved
from virtwright.stacks.yaml.check import Place, check_model
from virtwright.stacks.yaml.expressions import Key, address
from virtwright.stacks.yaml.names import Names
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.template import literal


def read_moved(node: Node, names: Names, file: str, problems: Problems) -> dict[Key, set[Key]]:
    """For each resource that was moved, all the names it had before."""
    if node.value is None:
        return {}
    if not isinstance(node.value, list):
        problems.add("expected a list, as\n    moved:\n      - {from: vms.old, to: vms.new}", node.at, "moved")
        return {}
    moves: dict[Key, Key] = {}
    places: dict[Key, Place] = {}
    for index, item in enumerate(node.value):
        place = Place(file, ("moved", index), item)
        moved = check_model(Moved, literal(item, problems, place.base), place, problems)
        if moved is None or not isinstance(moved.source, str) or not isinstance(moved.to, str):
            continue
        source, target = _key(moved.source), _key(moved.to)
        if source in names.keys or source in names.counted:
            problems.add(f"{moved.source} is still there", item.position(("from",)), place.path(("from",)))
        elif source in moves:
            problems.add(f"{moved.source} is moved twice", item.position(("from",)), place.path(("from",)))
        else:
            moves[source], places[source] = target, place
    return _follow(moves, places, names, problems)


def _follow(moves: dict[Key, Key], places: dict[Key, Place], names: Names, problems: Problems) -> dict[Key, set[Key]]:
    aliases: dict[Key, set[Key]] = {}
    for source, target in moves.items():
        seen = {source}
        while target in moves and target not in seen:
            seen.add(target)
            target = moves[target]
        if target in names.keys:
            aliases.setdefault(target, set()).add(source)
            continue
        place = places[source]
        message, hint = names.absence(target)
        if target in seen:
            message, hint = f"{address(source)} is moved in a circle", None
        problems.add(message, place.node.position(("to",)), place.path(("to",)), hint)
    return aliases


def _key(text: str) -> Key:
    section, _, name = text.partition(".")
    return (section, name)
