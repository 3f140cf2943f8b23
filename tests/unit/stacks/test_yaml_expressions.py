"""What stands in ``${ }``: references and nothing else."""

from dataclasses import replace
from typing import Any, Final

import pytest

from virtwright.schemas.kinds import SECTIONS
from virtwright.stacks.yaml.expressions import FORMS, ROOTS, Expression, Reference, address, parse_text
from virtwright.stacks.yaml.nodes import Position

AT: Final = Position(3, 5)
DB: Final = Reference("vms", "db", ("address",), AT)


def ref(section: str, name: str, *attribute: str | int) -> Reference:
    return Reference(section, name, attribute, AT)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("${vms.db.address}", [DB]),
        ("${ vms.db.address }", [DB]),
        ("${vms.db}", [ref("vms", "db")]),
        ("${vms.db.disks[0].size}", [ref("vms", "db", "disks", 0, "size")]),
        ("${vms.db.disks[123456789]}", [ref("vms", "db", "disks", 123456789)]),
        ('${vms["my db"].labels["a.b"]}', [ref("vms", "my db", "labels", "a.b")]),
        ("${vms['my db'].labels['']}", [ref("vms", "my db", "labels", "")]),
        ('${vms.db.labels[""]}', [ref("vms", "db", "labels", "")]),
        ("${vms.0.a-b_c}", [ref("vms", "0", "a-b_c")]),
        ("${config.password}", [ref("config", "password")]),
        ("${hosts.here.uri}", [ref("hosts", "here", "uri")]),
        ("${index}", [ref("index", "")]),
        ("${ index }", [ref("index", "")]),
        ("a ${index}", ["a ", ref("index", "")]),
        ("${index} b", [ref("index", ""), " b"]),
        ("a${index}${vms.db.address}b", ["a", ref("index", ""), DB, "b"]),
        ("$${a} ${index} $${", ["${a} ", ref("index", ""), " ${"]),
        ("${vms.db.address}}", [DB, "}"]),
    ],
)
def test_references_are_found_in_a_text(text: str, parts: list[Any]) -> None:
    found = parse_text(text, AT)
    assert found == Expression(tuple(parts), AT)
    assert found.references == tuple(part for part in parts if isinstance(part, Reference))
    assert found.whole == (len(parts) == 1)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("", ""), ("plain", "plain"), ("$", "$"), ("$x {y}", "$x {y}"), ("$${vms.db}", "${vms.db}"), ("$$", "$$"), ("$$${index}", "$${index}"),
     ("a$${b$${", "a${b${")],
)  # fmt: skip
def test_a_text_without_references_stays_a_text(text: str, plain: str) -> None:
    assert parse_text(text, AT) == plain


LONG: Final = "x" * 61


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${vms.db", "${ has no closing } (write $${ for a plain ${)"),
        ("a ${", "${ has no closing } (write $${ for a plain ${)"),
        ("${vms." + "x" * 600 + "}", "${ has no closing } (write $${ for a plain ${)"),
        ("${}", f"${{}} is no reference: {FORMS}"),
        ("${ }", f"${{ }} is no reference: {FORMS}"),
        ("${a + b}", f"${{a + b}} is no reference: {FORMS}"),
        ("${vms..db}", f"${{vms..db}} is no reference: {FORMS}"),
        ("${vms.db.}", f"${{vms.db.}} is no reference: {FORMS}"),
        ("${vms.db[-1]}", f"${{vms.db[-1]}} is no reference: {FORMS}"),
        ("${vms.db[1234567890]}", f"${{vms.db[1234567890]}} is no reference: {FORMS}"),
        ("${" + LONG + " y}", f"${{{'x' * 57}...}} is no reference: {FORMS}"),
        ("${" + "x" * 59 + " y}", f"${{{'x' * 57}...}} is no reference: {FORMS}"),
        ("${" + "x" * 58 + " y}", f"${{{'x' * 58} y}} is no reference: {FORMS}"),
        ("${index.a}", "${index.a}: index is a number and has no attributes"),
        ("${vmz.db}", "${vmz.db}: there is no 'vmz'; did you mean vms?"),
        ("${indx}", "${indx}: there is no 'indx'; did you mean index?"),
        (
            "${qqqqq.db}",
            (
                "${qqqqq.db}: there is no 'qqqqq'; begin with networks, volumes, images, vms, containers, services, hosts, config,"
                " index"
            ),
        ),
        ("${vms}", "${vms}: name one of the vms, as ${vms.NAME...}"),
        ("${vms[0]}", "${vms[0]}: name one of the vms, as ${vms.NAME...}"),
    ],
)
def test_anything_else_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_text(f"${{index}} {text}", AT)
    assert str(caught.value) == message


def test_the_longest_reference() -> None:
    name = "x" * (512 - len("vms.") - 1)
    assert parse_text("${vms." + name + "}", AT) == Expression((ref("vms", name),), AT)
    with pytest.raises(ValueError, match="no closing"):
        parse_text("${vms.x" + name + "}", AT)


def test_a_reference_says_what_it_is() -> None:
    assert (str(DB), DB.key, address(DB.key)) == ("${vms.db.address}", ("vms", "db"), "vms.db")
    assert str(replace(DB, attribute=("disks", 0))) == "${vms.db.disks[0]}"
    assert str(ref("index", "")) == "${index}"
    assert (*SECTIONS, "hosts", "config") == ROOTS
