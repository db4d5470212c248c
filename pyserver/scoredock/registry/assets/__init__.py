"""Datasets, environments and images: versioned records of a workspace beside its models."""
