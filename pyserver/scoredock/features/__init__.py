"""What the server and the command line can do, one module per noun, over messages of the protocol."""
