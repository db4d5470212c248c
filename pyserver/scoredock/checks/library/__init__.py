"""What a script asks of the modules, functions and values that tables know: names, arguments, attributes."""
