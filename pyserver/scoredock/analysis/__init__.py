"""Terms of all analysis: findings, rules, facts, trees of JSON and YAML with positions, settings of a project.

Pure; nothing here raises for bad input. May import `scoredock.text`, and `pickles` for what a pickle says of itself.
Used by `formats`, `checks`, `language` and all above. Doors: `finding.Finding`, `rule.Rule`, `facts.Facts`,
`read.parse` (a text to its tree).
"""
