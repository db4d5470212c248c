"""What a terminal is given, whatever the command: progress, text, failures."""
