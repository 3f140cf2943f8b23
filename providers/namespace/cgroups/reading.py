"""The limits that a group has now, in the terms of those that were wanted."""

import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.cgroups import values
from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.sandbox.spec import USUAL_PIDS, Limits

_UNLIMITED: Final = 2**60
"""v1 says a number of about 2**63 where there is no limit."""
_USUAL_SHARES: Final = 1024


def read_limits(group: Group, wanted: Limits) -> Limits:
    """``wanted``, with what differs replaced by what the kernel holds. A group that is gone differs in nothing."""
    return Limits(
        cpus=_cpus(group, wanted.cpus),
        memory=_memory(group, wanted.memory),
        pids=_pids(group, wanted.pids),
        cpu_shares=_shares(group, wanted.cpu_shares),
    )


def _cpus(group: Group, wanted: float | None) -> float | None:
    if "cpu" in group.v1:
        quota = _read(group.v1["cpu"] / "cpu.cfs_quota_us")
        period = _read(group.v1["cpu"] / "cpu.cfs_period_us")
    else:
        quota, _, period = _read(group.v2 and group.v2 / "cpu.max").partition(" ")
    if not quota or not period:
        return wanted
    found = None if quota in ("max", "-1") else int(quota) / int(period)
    expected = values.quota(wanted) / values.PERIOD if wanted else None
    same = found == expected or (found is not None and expected is not None and abs(found - expected) < 1e-4)
    return wanted if same else found


def _memory(group: Group, wanted: int | None) -> int | None:
    path = (
        group.v1["memory"] / "memory.limit_in_bytes" if "memory" in group.v1 else group.v2 and group.v2 / "memory.max"
    )
    text = _read(path)
    if not text:
        return wanted
    found = None if text == "max" or int(text) >= _UNLIMITED else int(text)
    page = resource.getpagesize()
    return wanted if found == (wanted // page * page if wanted else None) else found


def _pids(group: Group, wanted: int | None) -> int | None:
    path = group.v1.get("pids", group.v2)
    text = _read(path and path / "pids.max")
    if not text:
        return wanted
    if wanted is None and text in ("max", str(USUAL_PIDS)):  # the former: privileged, or made by an earlier version
        return None
    return None if text == "max" else int(text)


def _shares(group: Group, wanted: int | None) -> int | None:
    if "cpu" in group.v1:
        text, usual, expected = _read(group.v1["cpu"] / "cpu.shares"), _USUAL_SHARES, wanted
    else:
        text, usual = _read(group.v2 and group.v2 / "cpu.weight"), values.USUAL_WEIGHT
        expected = values.weight(wanted) if wanted else None
    if not text or int(text) == (expected or usual):
        return wanted
    return int(text) if "cpu" in group.v1 else values.shares(int(text))


def _read(path: Path | None) -> str:
    with suppress(OSError):
        return path.read_text().strip() if path else ""
    return ""
