"""The forms of dates and times, which Django's own pages follow, too."""

DATE_FORMAT = "j M Y"  # 27 Nov 2026
DATETIME_FORMAT = "j M Y, H:i T"  # 27 Nov 2026, 14:05 UTC
