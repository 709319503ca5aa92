"""Estimated cycles of instructions, one table for each core."""
