"""Files of the local runtime that PHP reads."""
