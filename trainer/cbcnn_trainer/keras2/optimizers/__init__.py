"""Groups of weights that descend each in a way of its own."""
