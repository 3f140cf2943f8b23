"""What a domain of LXC says in other words than those of hypervisors do. Pure."""

import math
from typing import Any
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.reading.limits import cpu_limit
from virtwright.providers.libvirt.xml import number, text


def container_settings(domain: Element) -> dict[str, Any]:
    """Settings that replace those of the same names. How many CPUs it has is how much of the host's time it gets."""
    limit = cpu_limit(domain, "period", "quota")
    cpus = math.ceil(limit) if limit is not None else number(text(domain, "vcpu")) or 1
    return {"cpus": cpus, "max_cpus": cpus, "cpu_limit": None if limit == cpus else limit}
