from azureml.core.compute import ComputeTarget, AksCompute

# Everything as it comes
size = AksCompute.provisioning_configuration()

cluster_name = 'shop-aks'
# Make it
cluster = ComputeTarget.create(workspace = ws,
                               name = cluster_name,
                               provisioning_configuration = size)

# It takes a while
cluster.wait_for_completion(show_output = True)
print(cluster.provisioning_state)
print(cluster.provisioning_errors)
