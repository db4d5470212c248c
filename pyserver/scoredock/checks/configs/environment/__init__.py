"""Environments as conda YAML, pip requirements or JSON: rules SD4xx and what finds them.

May import `analysis`, `formats`, `checks.configs.shape` and `checks.packages`. Doors: `conda.parse_conda`,
`requirements.parse_requirements`, `inline.parse_environment`.
"""
