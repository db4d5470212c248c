"""Tables of packages: what they bring, how they are imported, which release changed what. No findings.

May import `analysis` and what `pickles` reads. Doors: `distributions`, `import_names`, `releases`, `removed_apis`,
`package_facts`, `pickled_releases`, `used_names`.
"""
