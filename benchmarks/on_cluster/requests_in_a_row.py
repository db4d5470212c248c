"""Sends requests one after the other over one connection: `ADDRESS BODY NUMBER`. In a process of its own, as it runs in
the network of a node."""

from __future__ import annotations

import http.client
import sys

HEADERS = {"Content-Type": "application/json", "Host": "localhost"}


def send(address: str, body: str, number: int) -> None:
    """Raises AssertionError for an answer other than 200."""
    host, _, port = address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    for _ in range(number):
        connection.request("POST", "/score", body, HEADERS)
        response = connection.getresponse()
        response.read()
        assert response.status == 200, (address, response.status)
    connection.close()


if __name__ == "__main__":
    send(sys.argv[1], sys.argv[2], int(sys.argv[3]))
