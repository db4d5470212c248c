"""Archives read by our own rules: regular files and folders only, with caps. Nothing is written."""
