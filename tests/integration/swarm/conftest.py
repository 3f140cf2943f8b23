"""The swarm of these tests."""

from tests.swarm_lab import swarm_engine

__all__ = ["swarm_engine"]
