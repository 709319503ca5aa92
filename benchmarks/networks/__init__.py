"""Trained networks: what they know and what they cost, beside the paper's tables."""
