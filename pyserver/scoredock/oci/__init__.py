"""Images as content: descriptors, manifests, layers, where they are kept, and the protocol of registries.

The door to registries is `registry_client.RegistryClient` and `push_image.push`, with an address of
`registry_address.read_address`; documents are in `content`.

Nothing here needs a daemon, and nothing knows what is in an image of ours. Facts are those of the OCI image format
specification 1.1 and the OCI distribution specification 1.1.

`content` and `images` are documents and pure; `content_store` and `layers` keep bytes; `layout` and `archive` are two
forms of a `sources.ImageSource`. What others wrote raises `content.Malformed` when it is not what it should be, the
disk raises ScoredockError.
"""
