"""Model files, recognised by a bounded look at their bytes: format, framework, version, inputs and outputs. Nothing is
loaded."""
