"""Parts of the benchmark of services in containers, docker_services.py."""
