"""The life of a service: staged, started, watched, replaced, reloaded, stopped, deleted, and recovered after a kill.

May import all of `services`, engines, environments, images and the registry. Door: `deployments.Deployments`.
"""
