"""The engine of the round trips."""

from tests.docker_lab import docker_engine, docker_lab

__all__ = ["docker_engine", "docker_lab"]
