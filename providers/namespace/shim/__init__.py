"""The small process beside each container: it starts it, watches it, keeps its log, and outlives the command line."""
