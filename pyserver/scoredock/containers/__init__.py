"""Docker and what speaks its API: one connection, and what containers, images and volumes need of it."""
