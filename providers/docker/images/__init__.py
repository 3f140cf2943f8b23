"""The kind Image on Docker hosts: pulled, loaded or built; tagged, pushed."""
