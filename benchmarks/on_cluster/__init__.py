"""Parts of the benchmark of services on a cluster, cluster_services.py."""
