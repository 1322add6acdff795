"""Procedural video with exact motion, and the loops that train the bundled model on it."""
