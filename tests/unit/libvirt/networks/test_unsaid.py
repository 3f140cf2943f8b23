"""What a network of others has besides: named, and kept where it is defined again."""

import pytest

from virtwright.providers.libvirt.networks.unsaid import is_known, keep, unsaid
from virtwright.providers.libvirt.xml import from_text, to_text

V4, V6 = '<ip address="10.1.0.1" prefix="24" />', '<ip family="ipv6" address="fd00::1" prefix="64" />'
MORE = '<ip address="10.2.0.1" prefix="24" />'


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<name>a</name><uuid>b</uuid><metadata /><bridge name='c' /><mtu size='1' /><vlan /><domain name='d' /><mac address='e' />", []),
        (f"{V4}{V6}", []),
        (f"{V4}{V6}{MORE}", [MORE]),
        (f"{V4}{V6}{MORE}{V6}", [MORE, V6]),
        ("<portgroup name='p' /><bandwidth />", ['<portgroup name="p" />', "<bandwidth />"]),
        ("<dns><txt name='a' /><srv service='b' /><host ip='c' /><forwarder addr='d' /></dns>", ['<txt name="a" />', '<srv service="b" />']),
        ("<dns><forwarder domain='x' addr='d' /></dns>", ['<forwarder domain="x" addr="d" />']),
        ("<forward mode='nat'><nat><port start='1024' end='65535' /></nat></forward>", []),
        ("<forward mode='nat'><nat /></forward>", []),
        ("<forward mode='nat'><interface dev='eth0' /></forward>", []),
        ("<forward mode='nat'><nat ipv6='yes' /></forward>", ['<nat ipv6="yes" />']),
        ("<forward mode='nat'><nat><port start='1024' end='9' /></nat></forward>", ['<nat><port start="1024" end="9" /></nat>']),
        ("<forward mode='nat'><nat><address start='a' /></nat></forward>", ['<nat><address start="a" /></nat>']),
        ("<forward mode='hostdev'><driver /></forward>", ["<driver />"]),
        ("<forward mode='hostdev'><pf dev='eth0' /></forward>", ['<pf dev="eth0" />']),
        ("<long name='a'>\n   <b />\n</long>", ['<long name="a"> <b /> </long>']),
    ],
)  # fmt: skip
def test_what_is_named(inside: str, told: list[str]) -> None:
    assert [*unsaid(from_text(f"<network>{inside}</network>"))] == told


def test_long_settings_are_cut() -> None:
    (told,) = unsaid(from_text(f"<network><x>{'y' * 300}</x></network>"))
    assert told == "<x>" + "y" * 197


@pytest.mark.parametrize(
    ("forward", "known"),
    [
        ("", True), ("<forward/>", True), ("<forward mode='nat'/>", True), ("<forward mode='route'/>", True),
        ("<forward mode='bridge'/>", True), ("<forward mode='open'/>", False), ("<forward mode='hostdev'/>", False),
    ],
)  # fmt: skip
def test_whether_there_is_a_word_for_what_it_does(forward: str, known: bool) -> None:
    assert is_known(from_text(f"<network>{forward}</network>")) is known


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("<mac address='a' />", "", '<mac address="a" />'),
        ("<mac address='a' />", '<mac address="b" />', '<mac address="b" />'),
        ("<mac address='a' />", '<forward mode="bridge" />', '<forward mode="bridge" />'),
        ("<mac address='a' />", '<forward mode="nat" />', '<forward mode="nat" /><mac address="a" />'),
        ("<portgroup name='p' />", V4, f'{V4}<portgroup name="p" />'),
        ("<dns><txt name='a' /></dns>", V4, f'{V4}<dns><txt name="a" /></dns>'),
        ("<dns><txt name='a' /></dns>", "<dns><host /></dns>", '<dns><host /><txt name="a" /></dns>'),
        ("<forward><nat ipv6='yes' /></forward>", '<forward mode="nat" />', '<forward mode="nat"><nat ipv6="yes" /></forward>'),
        (f"{V4}{MORE}", V4, f"{V4}{MORE}"),
        ("<name>a</name>", "", ""),
    ],
)  # fmt: skip
def test_what_is_kept(old: str, new: str, made: str) -> None:
    was, becomes = from_text(f"<network>{old}</network>"), from_text(f"<network>{new}</network>")
    before = to_text(was)
    keep(was, becomes)
    assert to_text(becomes) == (f"<network>{made}</network>" if made else "<network />")
    for each in becomes.iter():
        each.set("changed", "yes")
    assert to_text(was) == before, "what is kept is a copy"
