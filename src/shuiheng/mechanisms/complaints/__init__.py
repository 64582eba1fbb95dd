"""Reports and complaints of the public."""
