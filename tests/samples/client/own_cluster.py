from azureml.core.compute import ComputeTarget, AksCompute
# Where it is
group = 'shop-group'
cluster_name = 'shop-aks'

# Take it in
found = AksCompute.attach_configuration(resource_group = group,
                                        cluster_name = cluster_name)
cluster = ComputeTarget.attach(ws, 'shop-compute', found)

# It takes a while
cluster.wait_for_completion(True)
