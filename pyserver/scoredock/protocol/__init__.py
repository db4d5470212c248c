"""The wire between server and client: messages, their JSON form, framing and errors."""
