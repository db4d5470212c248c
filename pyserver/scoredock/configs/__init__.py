"""Configuration files: text to a tree with positions, to typed values and findings. Pure; nothing here raises for bad input."""
