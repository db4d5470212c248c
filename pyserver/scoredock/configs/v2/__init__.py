"""YAML of Azure ML v2: endpoints, deployments, environments and models."""
