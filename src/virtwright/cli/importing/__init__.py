"""``import``: what somebody else made becomes part of a stack."""
