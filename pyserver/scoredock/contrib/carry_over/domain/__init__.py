"""An old model becomes a new version that newer packages load, with the proof that both answer alike.

A pickle that is loaded and saved again keeps its old attributes, which newer releases refuse. So the old environment
writes the model down as plain state, and the new one builds it of that: one jump, whatever lies between. `planning` and
`comparison` are pure; `carry_process` is what runs in the two environments, of which nothing is imported here.
Door: `conversion`. May import what services may, but for services and engines.
"""
