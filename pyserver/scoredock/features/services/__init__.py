"""Services: deploying and changing them, what a deployment would be, their logs and figures.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: the functions that are verbs.
"""
