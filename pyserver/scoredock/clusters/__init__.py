"""Kubernetes as Scoredock uses it: which cluster, how it is reached, what it allows. Nobody else imports httpx2."""
