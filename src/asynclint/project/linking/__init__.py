"""What references are: values, and how they are resolved through the whole program."""
