"""How a container is cut off from its host: what it may see, do and use."""
