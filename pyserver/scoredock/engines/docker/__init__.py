"""Services in containers of the Docker that is in use."""
