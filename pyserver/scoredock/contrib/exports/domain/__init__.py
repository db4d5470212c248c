"""A packaged service for the places that run it: files of other tools, made of one image or of one packaged folder."""
