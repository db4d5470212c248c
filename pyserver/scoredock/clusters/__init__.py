"""Kubernetes as Scoredock uses it: which cluster, asked how, and what it allows. Nobody else imports lightkube."""
