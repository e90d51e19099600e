"""Telling ink from paper in pictures that were taken, not drawn: photographs, scans, screenshots with frames."""
