"""Names that the pickles of a model refer to, by following their opcodes. Nothing is ever loaded."""
