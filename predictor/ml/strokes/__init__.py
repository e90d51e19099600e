"""Pen strokes: read as they are sent, drawn as the page's canvas draws them, and turned into what classifiers read."""
