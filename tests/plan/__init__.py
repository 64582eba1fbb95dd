"""Plan documents read end to end: project-written cases, the official text, the commands."""
