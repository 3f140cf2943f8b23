"""Docker Swarms: services that the swarm places, replicates, updates and rolls back by itself."""
