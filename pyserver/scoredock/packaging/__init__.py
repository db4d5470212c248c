"""Packages of a service: the build context, the image, what exports and bills of materials say of them. And models as
images, on the way out and back.

May import images, containers, environments and the registry; nothing of services. Doors: `package`, `model_transfer`.
"""
