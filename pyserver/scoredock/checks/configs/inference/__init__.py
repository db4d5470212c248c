"""Inference configurations: rules SD2xx and what finds them. Door: `check.parse_inference`.

May import `analysis`, `formats`, `checks.configs.shape` and the environments, which may be written out inside.
"""
