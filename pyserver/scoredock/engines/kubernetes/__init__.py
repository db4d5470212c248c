"""Services in a namespace of a Kubernetes cluster.

`cluster_state.py` and `cluster_log.py` say what the objects of a service and the lines of its pods mean. They are pure:
dictionaries of the API come in, and nothing is asked.
"""
