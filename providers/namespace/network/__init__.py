"""Networks of the namespace runtime: bridges, addresses, names, published ports."""
