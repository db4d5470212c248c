"""Images that are created in the workspace, and packages of services.

May import the domain, `protocol`, and what lies beside the folders of `features`.
Door: `images` and `packages`, whose functions are the verbs.
"""
