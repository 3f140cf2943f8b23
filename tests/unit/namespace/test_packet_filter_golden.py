"""The packet filter of a root as one golden text: every rule of it is what guards a host, and a reader sees each that changes.

``make golden`` writes the files anew (``tests/golden.py``).
"""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases

from virtwright.providers.namespace.network.firewall import ports_document, whole_document
from virtwright.providers.namespace.network.members import Published
from virtwright.providers.namespace.network.senders import Element
from virtwright.providers.namespace.network.tables import ROUTED, SENT, TABLES
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.schemas.network import Network

CASES: Final = Cases(Path(__file__).parent / "golden/packet_filter", made=(".nft",))


def wiring(values: dict[str, Any]) -> Wiring:
    inputs = Network.model_validate({"mode": values["mode"], "bridge": values["bridge"]})
    return Wiring("1", "back", inputs.mode, values["bridge"], values.get("cidr"), values.get("cidr6"), None, None, inputs)  # fmt: skip


def published(values: dict[str, Any]) -> Published:
    return Published(**{"host_address": None, "address": None, "address6": None, **values})


@pytest.mark.parametrize("name", CASES.names())
def test_a_root_s_packet_filter_is_the_golden_one(name: str) -> None:
    told = CASES.read(name)
    networks, ports = map(wiring, told["networks"]), map(published, told["ports"])
    senders = [Element(**each) for each in told["senders"]]
    CASES.check(name, whole_document("virtwright_0", networks, ports, senders))


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


def test_both_tables_are_made() -> None:
    assert TABLES == (ROUTED, SENT)
    assert (ROUTED.family, SENT.family) == ("inet", "bridge")


def test_a_port_that_closes_goes_from_the_map_that_it_was_in() -> None:
    closed = [published(each) for each in CASES.read("all_modes")["ports"]]
    assert ports_document("t", [], closed) == (
        "delete element inet t ports4 { tcp . 8080 }\n"
        "delete element inet t ports6 { tcp . 8080 }\n"
        "delete element inet t local_ports4 { udp . 127.0.0.1 . 53 }\n"
        "delete element inet t local_ports6 { tcp . ::1 . 443 }\n"
        "delete element inet t ports4 { tcp . 81 }\n"
    )
