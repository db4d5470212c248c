"""Deployment configurations: rules SD3xx and what finds them. Door: `check.parse_deployment`.

May import `analysis`, `formats` and `checks.configs.shape`.
"""
