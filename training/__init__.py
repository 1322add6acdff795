"""The commands that train the bundled networks on procedural video, and fine-tune them on the user's own clips."""
