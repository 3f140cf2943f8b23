"""Networks of a Docker host."""
