"""High-use service trades: baths, car washes, pools and others."""
