"""The engine of these tests."""

from tests.docker_lab import docker_engine

__all__ = ["docker_engine"]
