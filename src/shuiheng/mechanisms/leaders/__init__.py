"""Water-efficiency leaders and benchmarking."""
