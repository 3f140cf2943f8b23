"""Docker and Podman engines, and Docker Swarms."""
