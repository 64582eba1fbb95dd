"""The runner of the kernel: what is out of date, read, computed, compared, and committed."""
