"""Packages of a service: the build context, the image, what exports and bills of materials say of them.

May import images, containers, environments and the registry's records; nothing of services. Door: `package`.
"""
