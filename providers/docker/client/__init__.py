"""From a URI to a client of the Docker API."""
