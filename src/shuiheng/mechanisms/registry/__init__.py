"""Places, departments and water users."""
