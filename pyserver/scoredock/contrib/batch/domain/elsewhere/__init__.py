"""The process that works a batch job off, and the machines that its workers run on."""
