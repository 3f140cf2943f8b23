"""Values and documents that break what reads them carelessly, for fuzzing."""

import copy
import random
from typing import Any, Final
from xml.etree.ElementTree import Element

PIECES: Final = (
    "root:x:0:0:root:/root:/bin/sh", "a:x:-1:-1::/:", "a:x:4294967295:0::/:", "a:x:١:١::/:", "::::::", ":", "\n", "\r\n", "\0", "\x85",
    "nameserver", "nameserver 10.0.0.1", "nameserver ::1%lo", "search", "options", "oom", " ", "\t", "0", "-1", "9" * 30, "1e9", "max",
    '{"return":', "}", "[", '"', "\\ud800", "\x1b[2J", "ID=debian", "é", "#",
)  # fmt: skip
VALUES: Final = (
    "", "-1", "--5", "0", "²", "9" * 30, "1e3", "None", "\u202e", "../../etc", "a" * 300, "$(x)", "]]>", "yes", "KiB", "=", "127.0.0.1",
    "::", "10.0.0.0/99", "52:54:00:zz:00:00", "/", "qcow2", "disk", "network", "volume", "spice", "%s{0}", "\x1b[2J",
)  # fmt: skip
ANYTHING: Final[tuple[Any, ...]] = (None, True, False, 0, -1, 2**70, 1.5, [], {}, [None], {"": None}, *VALUES)
TAGS: Final = (
    "disk",
    "interface",
    "source",
    "vcpu",
    "graphics",
    "memory",
    "cpu",
    "model",
    "topology",
    "ip",
    "dhcp",
    "{urn:x}y",
)


def break_json(document: Any, chance: random.Random) -> Any:
    """Something in it is another thing, missing, or there twice."""
    places: list[tuple[Any, Any]] = []

    def visit(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            places.append((value, key))
            visit(inner)

    document = copy.deepcopy(document)
    visit(document)
    if not places:
        return chance.choice(ANYTHING)
    holder, key = chance.choice(places)
    how = chance.randrange(4)
    if how == 0 and isinstance(holder, dict):
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[chance.choice(VALUES)] = copy.deepcopy(holder[key])
    elif how == 2:
        holder[key] = copy.deepcopy(chance.choice(places)[0])
    else:
        holder[key] = copy.deepcopy(chance.choice(ANYTHING))
    return document


def break_xml(root: Element, chance: random.Random) -> None:
    """The same, in place."""
    holder = chance.choice(list(root.iter()))
    kind = chance.randrange(6)
    if kind == 0 and len(holder):
        holder.remove(chance.choice(list(holder)))
    elif kind == 1 and len(holder):
        holder.append(copy.deepcopy(chance.choice(list(holder))))
    elif kind == 2 and holder.attrib:
        holder.set(chance.choice(list(holder.attrib)), chance.choice(VALUES))
    elif kind == 3 and holder.attrib:
        del holder.attrib[chance.choice(list(holder.attrib))]
    elif kind == 4:
        holder.text = chance.choice(VALUES)
    elif holder is not root:
        holder.tag = chance.choice(TAGS)
