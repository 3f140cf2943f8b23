"""How much CPU time a domain may use. Pure."""

from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import number, text

_USUAL_PERIOD: Final = 100_000


def cpu_limit(domain: Element, period: str, quota: str) -> float | None:
    """In CPUs, as these two elements of ``<cputune>`` say it; None where there is no limit."""
    most = number(text(domain, f"cputune/{quota}")) or 0
    return round(most / (number(text(domain, f"cputune/{period}")) or _USUAL_PERIOD), 6) if most > 0 else None
