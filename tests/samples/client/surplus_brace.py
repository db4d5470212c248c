from azureml.core.image import ContainerImage

# What the image holds
shop_image = ContainerImage.image_configuration(execution_script = "shop_score.py",
                                               runtime = "python",
                                               conda_file = "shop-env.yml"}
                                               )
