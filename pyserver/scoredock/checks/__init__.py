"""The checks of entry scripts and configuration files: text and facts to findings."""
