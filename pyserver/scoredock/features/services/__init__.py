"""Services: deploying and changing them, what a deployment would be, their logs and figures.

May import the domain, `protocol`, and the other folders of `features`.
Door: `services`, `proposals`, `reloading`, `revisions`, `metrics`, `log_watches`, whose functions are
the verbs.
"""
