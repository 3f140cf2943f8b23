"""What an operator does with what runs on a Docker host."""
