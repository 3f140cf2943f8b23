"""Sandboxes that lack one defence: for tests alone, and out of the reach of any stack."""
