"""All that a domain says, in the vocabulary's words: every field has the value that is in force, whoever chose it."""

from typing import Any
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.building.consoles import AGENT
from virtwright.providers.libvirt.machines.reading.container import container_settings
from virtwright.providers.libvirt.machines.reading.devices import read_disks, read_networks
from virtwright.providers.libvirt.machines.reading.limits import cpu_limit
from virtwright.providers.libvirt.xml import attribute, number, size, text

Settings = dict[str, Any]
"""JSON values by field: ``{"cpus": 2, "disks": [{"target": "vda", ...}], ...}``."""


def read_settings(domain: Element) -> Settings:
    """Of a domain's definition, or of a running one. Without passwords."""
    time = container_settings(domain) if domain.get("type") == "lxc" else _processors(domain)
    memory = size(domain, "memory") or 0
    return {
        "cpus": time["cpus"],
        "max_cpus": time["max_cpus"],
        "memory": size(domain, "currentMemory") or memory,
        "max_memory": memory,
        "architecture": attribute(domain, "os/type", "arch"),
        "machine_type": attribute(domain, "os/type", "machine"),
        "firmware": _firmware(domain),
        "cpu": _cpu(domain),
        "boot": _boot(domain),
        "disks": read_disks(domain),
        "networks": read_networks(domain),
        "graphics": _graphics(domain),
        "console": domain.find("devices/serial") is not None or domain.find("devices/console") is not None,
        "guest_agent": any(each.get("name") == AGENT for each in domain.iterfind("devices/channel/target")),
        "resources": {
            "cpu_shares": number(text(domain, "cputune/shares")),
            "cpu_limit": time["cpu_limit"],
            "memory_limit": size(domain, "memtune/hard_limit"),
            "io_weight": number(text(domain, "blkiotune/weight")),
        },
        "description": domain.findtext("description") or "",
        "libvirt": _own(domain),
    }


def read_password(domain: Element) -> str | None:
    """Of the graphical console, where the XML was asked for with its secrets."""
    return attribute(domain, "devices/graphics", "passwd")


def _firmware(domain: Element) -> str:
    found = domain.find("os")
    loader = domain.find("os/loader")
    flash = loader is not None and loader.get("type") == "pflash"
    return "uefi" if found is not None and (found.get("firmware") == "efi" or flash) else "bios"


def _cpu(domain: Element) -> Settings:
    found = domain.find("cpu")
    if found is None:
        return {"mode": None, "model": None, "topology": None, "features": {}}
    topology = found.find("topology")
    return {
        "mode": found.get("mode") or ("custom" if found.find("model") is not None else None),
        "model": text(found, "model") or None,
        "topology": None
        if topology is None
        else {part: number(topology.get(part)) or 1 for part in ("sockets", "cores", "threads")},
        "features": {each.get("name", ""): each.get("policy", "require") for each in found.iterfind("feature")},
    }


def _boot(domain: Element) -> Any:
    kernel = text(domain, "os/kernel")
    if not kernel:
        return "disk"
    return {
        "kernel": kernel,
        "initrd": text(domain, "os/initrd") or None,
        "cmdline": (domain.findtext("os/cmdline") or "").strip(),
    }


def _graphics(domain: Element) -> Settings:
    found = domain.find("devices/graphics")
    if found is None or found.get("type") not in ("vnc", "spice"):
        return {"type": "none", "listen": None, "port": None}
    port = number(found.get("port"))
    chosen = found.get("autoport") == "yes" or port is None or port < 0
    listen = found.get("listen") or attribute(found, "listen", "address")
    return {"type": found.get("type"), "listen": listen, "port": None if chosen else port}


def _processors(domain: Element) -> Settings:
    most = number(text(domain, "vcpu")) or 1
    return {
        "cpus": number(attribute(domain, "vcpu", "current")) or most,
        "max_cpus": most,
        "cpu_limit": cpu_limit(domain, "global_period", "global_quota"),
    }


def _own(domain: Element) -> Settings:
    """What only libvirt hosts know."""
    watchdog = domain.find("devices/watchdog")
    loader = domain.find("os/loader")
    secure = [each for each in domain.iterfind("os/firmware/feature") if each.get("name") == "secure-boot"]
    return {
        "type": domain.get("type"),
        "watchdog": watchdog.get("action") if watchdog is not None else None,
        "tpm": domain.find("devices/tpm") is not None,
        "secure_boot": secure[0].get("enabled") == "yes"
        if secure
        else loader is not None and loader.get("secure") == "yes",
        "clock": attribute(domain, "clock", "offset") or "utc",
        "video": attribute(domain, "devices/video/model", "type"),
        "on_crash": text(domain, "on_crash", "destroy"),
        "init": [text(domain, "os/init"), *(each.text or "" for each in domain.iterfind("os/initarg"))]
        if domain.find("os/init") is not None
        else None,
    }
