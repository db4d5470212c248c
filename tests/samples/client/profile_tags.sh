az ml model profile -g <your-group> -w <your-workspace> --i <your-model> --add-tag cpu=1 --add-tag memory=0.5
