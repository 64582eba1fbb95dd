"""Technical retrofits that save water, with the saving verified."""
