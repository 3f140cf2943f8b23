"""What a domain of LXC says in other words than those of hypervisors do. Pure."""

import math
from typing import Any, Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import number, text

_USUAL_PERIOD: Final = 100_000


def container_settings(domain: Element) -> dict[str, Any]:
    """Settings that replace those of the same names. How many CPUs it has is how much of the host's time it gets."""
    period = number(text(domain, "cputune/period")) or _USUAL_PERIOD
    told = number(text(domain, "cputune/quota")) or 0
    limit = round(told / period, 6) if told > 0 else None
    cpus = math.ceil(limit) if limit is not None else number(text(domain, "vcpu", "1")) or 1
    return {"cpus": cpus, "max_cpus": cpus, "cpu_limit": None if limit == cpus else limit}
