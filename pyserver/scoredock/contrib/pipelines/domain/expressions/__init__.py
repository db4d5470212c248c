"""Expressions of GitHub Actions (`${{ }}`) and Azure Pipelines (`${{ }}`, `$[ ]`, conditions): one grammar, two sets of
functions.

May import what `pipelines` may. Doors: `evaluation.evaluate`, `functions.GITHUB` and `AZURE`.
"""
