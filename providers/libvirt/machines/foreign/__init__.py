"""Machines that somebody else made, in the terms of the inputs, as a person would write them."""
