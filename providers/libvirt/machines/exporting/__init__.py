"""A whole machine in one file, and a machine made of such a file."""
