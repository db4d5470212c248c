"""Scripts and notebook cells that use the SDK: names, methods, keywords and the order of things."""
