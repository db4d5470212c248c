"""Output to a terminal, whatever the command: progress, text, failures."""
