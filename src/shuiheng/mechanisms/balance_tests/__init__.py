"""Water balance tests of key users."""
