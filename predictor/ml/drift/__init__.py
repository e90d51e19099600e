"""What drawings are like, counted: for telling whether a week's drawings differ from others."""
