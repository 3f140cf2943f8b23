"""Volumes of a Docker host."""
