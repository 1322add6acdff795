"""Flowbrush: paint motion on a still image and get a video that moves that way."""
