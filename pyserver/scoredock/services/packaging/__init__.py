"""A service, or what would be one, as a package or as an image of the workspace.

May import planning, lifecycle, `scoredock.packaging` and images. Doors: `service_package`, `image_creation`.
"""
