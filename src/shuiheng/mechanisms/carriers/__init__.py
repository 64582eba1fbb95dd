"""Water-saving carriers: schools, enterprises, institutions, communities, districts; the county."""
