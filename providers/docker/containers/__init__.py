"""Containers of a Docker host."""
