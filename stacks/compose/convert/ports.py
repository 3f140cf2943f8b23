"""Ports of a service that are published on the host."""

import re
from typing import Any

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields


def convert_ports(fields: Fields, entry: Entry, draft: Draft) -> None:
    mode = entry.values.get("docker", {}).get("network_mode")
    for each in fields.each("ports"):
        if mode is not None:
            each.tell_self("note", f"publishes nothing with network_mode: {mode}; Compose drops it as well")
            continue
        port = _port(each, draft)
        if port is not None:
            entry.add("ports", port, each)
    fields.tell("note", "expose", "tells people of a port; members of a network reach every port of each other")


def _port(each: Fields, draft: Draft) -> Any:
    target, published = each.integer("target"), each.text("published")
    protocol, address = each.text("protocol") or "tcp", each.text("host_ip")
    if target is None:
        each.books.wrong(each.item, each.path, "a port needs target: the port inside")
        return None
    if not published or published == "0":
        each.tell_self(
            "lost", f"port {target} on any free port of the host", f'choose one:\n    ports: ["8080:{target}"]'
        )
        return None
    if "-" in published:
        each.tell_self(
            "lost",
            f"port {target} on a free port of {published}",
            f'choose one:\n    ports: ["{published.partition("-")[0]}:{target}"]',
        )
        return None
    if protocol not in ("tcp", "udp") or not re.fullmatch("[0-9]{1,5}", published):
        each.tell_self("lost", f"port {published} by the protocol {protocol}", "only tcp and udp can be published")
        return None
    mode = each.text("mode")
    if mode == "host" and draft.swarm:
        long = {"port": target, "host_port": int(published), "host_address": address, "mode": "host"}
        return {
            key: value
            for key, value in {**long, "protocol": protocol if protocol != "tcp" else None}.items()
            if value is not None
        }
    bracketed = f"[{address}]:" if address and ":" in address else f"{address}:" if address else ""
    return f"{bracketed}{published}:{target}" + (f"/{protocol}" if protocol != "tcp" else "")
