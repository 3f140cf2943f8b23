"""Volumes of the namespace runtime."""
