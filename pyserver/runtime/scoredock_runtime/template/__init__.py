"""The template: one process that has imported what workers need, and forks them.

May import: `contract` and `base`, `log` for types; `worker` only where the template process becomes one.
Door: `template_keeper.TemplateKeeper` for the parent, `template.main` for the process.
"""
