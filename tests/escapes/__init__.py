"""Published ways out of containers, tried on the real kernel: ``table.py`` lists them."""
