"""The template: one process that has imported what workers need, and forks them.

May import: `contract`, `base`, `log` for types; `worker` only in the template process itself. Door:
`template_keeper.TemplateKeeper` for the parent, `template.main` for the process.
"""
