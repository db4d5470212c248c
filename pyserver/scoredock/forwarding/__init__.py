"""The process of a workspace that holds ports of this machine for services elsewhere: pods, and containers of the
Docker of another machine. It outlives the command that deployed.

May import `clusters` and `containers`. Door: `forwards`; `process` is what runs apart.
"""
