"""Whether a machine that was started is what ``wait_for`` asks for."""
