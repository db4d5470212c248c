"""What the editor asks about a position in a file: lenses, actions, hovers, completions, definitions. Pure."""
