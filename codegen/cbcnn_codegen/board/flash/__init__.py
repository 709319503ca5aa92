"""Write firmware to a board and read it back, by whatever way the board has."""
