shop_scaling = AksWebservice.deploy_configuration(autoscale_enabled=True,
                                                  autoscale_target_utilization=50,
                                                  autoscale_min_replicas=2,
                                                  autoscale_max_replicas=6)
