# Build it once, use it often
image = ContainerImage.create(name = "shop-image",
                              models = [model], #what was registered
                              image_config = shop_image,
                              workspace = ws
                              )
