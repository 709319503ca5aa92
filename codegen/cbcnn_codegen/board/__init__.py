"""Boards, real and emulated: flash them, talk to them, prove and measure them."""
