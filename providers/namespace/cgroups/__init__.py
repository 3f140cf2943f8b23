"""Control groups: limits, freezing, counting and killing, on v1, hybrid and v2. Standard library only."""
