az ml model register -n digits_net -p digits/net.onnx
