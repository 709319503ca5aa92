"""Architectures that people know by name, at widths for microcontrollers, and what they cost."""
