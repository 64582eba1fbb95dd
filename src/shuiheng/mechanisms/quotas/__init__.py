"""Water-use quotas and who exceeds them."""
