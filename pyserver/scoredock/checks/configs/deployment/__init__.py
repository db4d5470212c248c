"""Deployment configurations: rules SD3xx, and what finds them in what `formats.deployment` reads.

May import `analysis`, `formats` and `checks.configs.shape`. Door: `check.check_deployment`; `check.parse_deployment`
reads and checks.
"""
