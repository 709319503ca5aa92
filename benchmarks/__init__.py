"""Programs that measure the generated code, and what they found."""
