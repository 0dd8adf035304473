"""Values -> terminal."""
