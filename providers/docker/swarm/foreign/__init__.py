"""Services that somebody else made, in the terms of the inputs."""
