"""The inference-schema library as scripts use it: same names, same messages, same swagger fragments."""
