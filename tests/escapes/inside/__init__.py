"""What runs inside of a container. Standard library only, for the container's own Python."""
