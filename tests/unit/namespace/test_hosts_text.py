"""The text of the hosts files."""

from virtwright.providers.namespace.network.allocation import resolvable
from virtwright.providers.namespace.network.hosts import hosts_text, network_block
from virtwright.providers.namespace.network.members import Member, Membership
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.schemas.network import Dns, Network

BACK = Wiring("1", "back", "nat", "br0", "10.1.0.0/24", None, "10.1.0.1", None, Network())


def member(name: str, *places: Membership) -> Member:
    return Member("Container", name, name, f"urn:{name}", (name,), places, ())


def place(address: str, *aliases: str, network: str = "1", address6: str | None = None) -> Membership:
    return Membership(network, "back", "eth0", "vw0", "02:00:00:00:00:01", address, address6, aliases)


def test_members_of_the_network_are_named_and_others_are_not() -> None:
    members = [
        member("web", place("10.1.0.2", "front", "web")),
        member("app", place("10.1.0.3", address6="fd00::3")),
        member("far", place("10.2.0.2", network="2")),
    ]
    assert network_block(BACK, members) == "10.1.0.2 web front\n10.1.0.3 app\nfd00::3 app\n"


def test_the_domain_is_added_to_every_name() -> None:
    dns = Dns.model_validate({"domain": "shop.test", "records": [{"name": "mail", "address": "192.0.2.1"}]})
    named = Wiring("1", "back", "nat", "br0", "10.1.0.0/24", None, "10.1.0.1", None, Network(dns=dns))
    assert network_block(named, [member("web", place("10.1.0.2"))]) == (
        "10.1.0.2 web web.shop.test\n192.0.2.1 mail mail.shop.test\n"
    )


def test_a_file_holds_the_parts_of_its_networks_in_order() -> None:
    both = member("web", place("10.2.0.2", network="2"), place("10.1.0.2"))
    assert hosts_text(both, {"1": "one\n", "2": "two\n"}).splitlines()[-2:] == ["two", "one"]


def test_without_a_network_it_still_knows_itself() -> None:
    assert hosts_text(member("lone"), {}).splitlines()[-1] == "127.0.0.1 lone"


def test_a_name_can_not_smuggle_a_line_in() -> None:
    assert resolvable("web\n10.0.0.1 bank.test") == "web-10.0.0.1-bank.test"
    assert resolvable("$(id) #x") == "id-x"
    assert resolvable("\n") == ""
