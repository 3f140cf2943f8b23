"""What a swarm keeps files in."""

from typing import Literal

Sort = Literal["Secret", "Config"]
"""A secret is never told again, and only in the memory of nodes that need it; a config can be read by whoever manages the swarm."""
