"""Key monitored users: who should be on the list, and whether they are watched."""
