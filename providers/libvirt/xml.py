"""XML for libvirt, made and read without a text that is put together by hand: what a user writes can't become an element."""

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.errors import InputError, Where

STAMP_NAMESPACE: Final = "urn:virtwright:stamp"
"""Of the stamp in ``<metadata>``."""
OURS: Final = "{urn:virtwright:"
"""How the tags of all that virtwright notes there begin."""

tree.register_namespace("virtwright", STAMP_NAMESPACE)


def element(tag: str, /, *children: "Element | str | None", **attributes: "str | int | None") -> Element:
    """``element("ip", element("dhcp"), address="10.0.0.1", prefix=24)``. Texts among the children become its text;
    what is None is left out. A trailing ``_`` of an attribute's name is taken off: ``type_`` and ``class_``."""
    made = Element(tag, {key.rstrip("_"): str(value) for key, value in attributes.items() if value is not None})
    for child in children:
        if isinstance(child, str):
            made.text = (made.text or "") + child
        elif child is not None:
            made.append(child)
    return made


def flag(value: bool) -> str:
    """``yes`` or ``no``."""
    return "yes" if value else "no"


def to_text(root: Element) -> str:
    return tree.tostring(root, encoding="unicode")


def from_text(text: str) -> Element:
    """Of what libvirt tells. Entities of one's own are refused by the parser's limits."""
    return tree.fromstring(text)


_EXAMPLES: Final = {
    "domain": "<domain><devices><sound model='ich9'/></devices></domain>",
    "network": "<network><mtu size='1400'/></network>",
}


def from_user(text: str, path: str, tag: str) -> Element:
    """Of a fragment that a user wrote in the field ``path``, to be laid over an element ``tag``. Raises ``InputError``."""
    where, hint = Where(path=path), f"write one element, as {_EXAMPLES[tag]}"
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError.one("the fragment has a document type", where=where, hint="write elements only")
    try:
        root = tree.fromstring(text)
    except tree.ParseError as error:
        raise InputError.one(f"the fragment is no XML: {error}", where=where, hint=hint) from error
    if root.tag != tag:
        raise InputError.one(f"the fragment is a <{root.tag}>, and goes over a <{tag}>", where=where, hint=hint)
    return root


def texts(root: Element, path: str) -> Iterator[str]:
    """The texts of all elements at ``path``, as ``os/boot``."""
    return ((found.text or "").strip() for found in root.iterfind(path))


def text(root: Element, path: str, default: str = "") -> str:
    """The text of the first element at ``path``; ``default`` where there is none."""
    return next(texts(root, path), default)


def attribute(root: Element, path: str, name: str) -> "str | None":
    """An attribute of the first element at ``path``."""
    found = root if path == "." else root.find(path)
    return None if found is None else found.get(name)


def number(value: "str | None") -> "int | None":
    """What stands for a whole number, None for anything else."""
    return int(value) if value is not None and _WHOLE.fullmatch(value.strip()) else None


def size(root: Element, path: str) -> "int | None":
    """Bytes of an element with a unit: ``<memory unit='KiB'>1024</memory>``. None where there is none that is known.

    https://libvirt.org/formatdomain.html#memory-allocation"""
    found = root.find(path)
    if found is None or (count := number(found.text)) is None:
        return None
    usual = "bytes" if path.endswith(("capacity", "allocation")) else "KiB"
    unit = UNITS.get(found.get("unit", usual).lower())
    return None if unit is None else count * unit


UNITS: Final[Mapping[str, int]] = {
    "b": 1, "bytes": 1, "kb": 1000, "k": 1024, "kib": 1024, "mb": 1000**2, "m": 1024**2, "mib": 1024**2, "gb": 1000**3,
    "g": 1024**3, "gib": 1024**3, "tb": 1000**4, "t": 1024**4, "tib": 1024**4, "pb": 1000**5, "p": 1024**5, "pib": 1024**5,
    "eb": 1000**6, "e": 1024**6, "eib": 1024**6,
}  # fmt: skip
"""libvirt does not look at the case of letters."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def lay_over(base: Element, overlay: Element) -> None:
    """Put a user's ``overlay`` over what was generated: attributes and texts replace those that are there. An element goes
    into the one of the same name, and among several into the one with the same identity (``name``, ``dev``, ``alias``,
    ``type``, ...: all attributes that both have agree, at least one); where there is none, it is added."""
    base.attrib.update(overlay.attrib)
    if overlay.text and overlay.text.strip():
        base.text = overlay.text
    for child in overlay:
        twin = _twin(base, child)
        if twin is None:
            base.append(child)
        else:
            lay_over(twin, child)


def _twin(base: Element, child: Element) -> "Element | None":
    same = base.findall(child.tag)
    if len(same) == 1 and (not child.attrib or child.tag not in _REPEATED):
        return same[0]
    for each in same:
        shared = each.attrib.keys() & child.attrib.keys()
        if shared and all(each.get(key) == child.get(key) for key in shared):
            return each
    return None


_REPEATED: Final = frozenset(
    {"disk", "interface", "controller", "hostdev", "filesystem", "channel", "serial", "console", "input", "graphics",
     "redirdev", "memballoon", "rng", "shmem", "ip", "route", "host", "txt", "srv", "forwarder", "portgroup", "feature",
     "vcpupin", "iothread", "boot", "sysinfo", "entry", "option"}
)  # fmt: skip
"""Elements that stand beside others of their name: a single one may be another than the one that is meant."""
