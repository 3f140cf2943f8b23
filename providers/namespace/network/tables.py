"""What the packet filter's two tables of a root are made of: sets, maps, chains and rules, in the words of nft(8). Pure.

``ROUTED`` decides on what goes through or to the host. ``SENT`` decides on what members hand to their bridges: nobody sends under another's
address. The decisions are docs/decisions/0052, 0420 and 0421.
"""

import zlib
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """One table, whose rules are fixed and whose sets and maps are filled as networks, members and ports come and go."""

    family: str
    sets: Mapping[str, str]
    chains: Mapping[str, str]
    """By name: the hook, or nothing for a chain that others jump to."""
    rules: Mapping[str, tuple[str, ...]]
    maps: Mapping[str, str] = field(default_factory=dict)


ROUTED: Final = Table(
    family="inet",
    sets={
        "version": "type mark",
        "bridges": "type ifname",
        "cables": "type ifname",
        "pairs": "type ifname . ifname",
        "ways_out": "type ifname",
        "ways_in": "type ifname",
        "closed": "type ifname",
        "members4": "type ipv4_addr ; flags interval",
        "members6": "type ipv6_addr ; flags interval",
        "masqueraded4": "type ipv4_addr ; flags interval",
        "masqueraded6": "type ipv6_addr ; flags interval",
    },
    maps={
        "ports4": "type inet_proto . inet_service : ipv4_addr . inet_service",
        "ports6": "type inet_proto . inet_service : ipv6_addr . inet_service",
        "local_ports4": "type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service",
        "local_ports6": "type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service",
    },
    chains={
        "published": "",
        "guard": "type filter hook prerouting priority raw ; policy accept ;",
        "arriving": "type nat hook prerouting priority dstnat ; policy accept ;",
        "own": "type nat hook output priority -100 ; policy accept ;",
        "entering": "type filter hook input priority filter ; policy accept ;",
        "passing": "type filter hook forward priority filter ; policy accept ;",
        "leaving": "type nat hook postrouting priority srcnat ; policy accept ;",
    },
    rules={
        "published": (
            "meta l4proto { tcp, udp } dnat ip to meta l4proto . ip daddr . th dport map @local_ports4",
            "meta l4proto { tcp, udp } dnat ip6 to meta l4proto . ip6 daddr . th dport map @local_ports6",
            "meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @ports4",
            "meta l4proto { tcp, udp } dnat ip6 to meta l4proto . th dport map @ports6",
        ),
        # What no bridge passes on (sent to 01:80:c2:00:00:0X) reaches the host as if the cable did not lead to a bridge.
        "guard": ("iifname @cables drop", "iifname @bridges ip daddr 127.0.0.0/8 drop"),
        "arriving": ("fib daddr type local jump published",),
        "own": ("ip6 daddr ::1 return", "fib daddr type local jump published"),
        "entering": (
            "iifname != @closed accept",
            "ct state established,related accept",
            "icmp type echo-request accept",
            "icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert } accept",
            "drop",
        ),
        "passing": (
            "iifname != @bridges oifname != @bridges accept",
            "ct state established,related accept",
            "iifname . oifname @pairs accept",
            "iifname @closed drop",
            "ct status dnat accept",
            "iifname @ways_out oifname != @bridges accept",
            "oifname @ways_in iifname != @bridges accept",
            "drop",
        ),
        "leaving": (
            "oifname @bridges ip saddr 127.0.0.0/8 masquerade",
            "oifname @bridges ct status dnat ip saddr @members4 masquerade",
            "oifname @bridges ct status dnat ip6 saddr @members6 masquerade",
            "oifname @closed ct status dnat masquerade",
            "oifname != @bridges ip saddr @masqueraded4 masquerade",
            "oifname != @bridges ip6 saddr @masqueraded6 masquerade",
        ),
    },
)
SENT: Final = Table(
    family="bridge",
    sets={
        "ports": "type ifname",
        "macs": "type ifname . ether_addr",
        "addresses4": "type ifname . ipv4_addr",
        # Raw words (the source address, or the target of neighbour discovery): nft 1.0.6 of Debian 12 has no name for the latter.
        "addresses6": "typeof meta iifname . @nh,64,128",
    },
    chains={
        "member": "",
        "bridged": "type filter hook prerouting priority -300 ; policy accept ;",
    },
    rules={
        "member": (
            "ether type != { arp, ip, ip6 } drop",
            "iifname . ether saddr != @macs drop",
            "ether type arp iifname . arp saddr ether != @macs drop",
            "iifname . arp saddr ip @addresses4 accept",
            "udp sport { 67, 547 } drop",
            "icmp type { redirect, router-advertisement } drop",
            "ip protocol 112 drop",  # VRRP
            "iifname . ip saddr @addresses4 accept",
            "icmpv6 type { nd-router-advert, nd-redirect } drop",
            "icmpv6 type nd-neighbor-advert iifname . @th,64,128 != @addresses6 drop",
            "ip6 saddr :: icmpv6 type nd-neighbor-solicit iifname . @th,64,128 @addresses6 accept",
            "ether type ip6 iifname . @nh,64,128 @addresses6 accept",
            "drop",
        ),
        "bridged": ("iifname @ports jump member",),
    },
)
TABLES: Final = (ROUTED, SENT)
VERSION: Final = zlib.crc32(repr(TABLES).encode())
"""What the set ``version`` holds, so that the rules of another version of the program are told from damaged ones."""
