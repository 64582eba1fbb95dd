"""Research, technology and industry of water saving."""
