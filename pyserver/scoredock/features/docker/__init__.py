"""The Docker that is used, and what happens to containers of services.

May import the domain, `protocol`, and the other folders of `features`.
Door: `docker`, whose functions are the verbs; `events` for the server.
"""
