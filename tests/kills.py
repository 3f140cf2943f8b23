"""How often the tests kill -9: each campaign has to reach its share, and the shares have to add up.

Named by campaign; a soak only adds to them. Counted where the number is given by what is done, else the least that can be relied on.
"""

from typing import Final

NEEDED: Final = 300
FAKE: Final = {
    "journey create": 30,
    "journey update": 18,
    "journey replace-a-network": 42,
    "journey replace-a-container": 18,
    "journey rename": 12,
    "journey delete": 24,
    "journey again": 3,
    "moves": 18,
    "random stacks": 4,
    "contract fake state.commit": 27,
    "contract fake fake.create.before": 3,
    "contract fake fake.create.half": 3,
    "contract fake fake.update.before": 1,
    "contract fake fake.update.half": 1,
    "contract fake fake.delete.before": 2,
    "contract fake fake.delete.half": 2,
    "contract fake random": 2,
}
REAL: Final = {
    "contract namespace state.commit": 14,
    "contract namespace namespace.step": 3,
    "contract namespace namespace.record": 6,
    "contract namespace namespace.network": 2,
    "contract namespace namespace.volume": 2,
    "contract namespace random": 2,
    "contract docker state.commit": 7,
    "contract docker-ssh state.commit": 2,
    "machine state.commit": 5,
    "machine libvirt.machine": 4,
    "networks and members": 25,
    "volumes": 25,
    "starts of sandboxes": 12,
    "writers of the state": 13,
}


def share(campaign: str) -> int:
    """What the campaign has to reach: at least one kill, where it has no share of its own."""
    return (FAKE | REAL).get(campaign, 1)


def assert_share(campaign: str, kills: int) -> None:
    print(f"{campaign}: {kills} kills")
    assert kills >= share(campaign), f"{campaign}: {kills} kills where {share(campaign)} were to be"
