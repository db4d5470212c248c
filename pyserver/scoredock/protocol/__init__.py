"""Messages of the `scoredock/` methods, their JSON form and errors, and positions in the units of the client.

May import `scoredock.text` and errors, and nothing of the domain. Doors: `messages`, `wire`, `documents.Document`.
"""
