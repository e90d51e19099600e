"""The drawing page, whose forms work without JavaScript too."""
