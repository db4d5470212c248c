"""The engine of Kubernetes clusters."""
