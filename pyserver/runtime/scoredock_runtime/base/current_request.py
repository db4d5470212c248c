"""The request that run() works on, for those it calls. One at a time, in the thread of the script."""

NO_REQUEST = "00000000-0000-0000-0000-000000000000"

request_id = NO_REQUEST
"""x-request-id of the request that run() answers; the zero id outside requests."""
