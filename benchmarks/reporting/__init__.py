"""What writes docs/precision.md: the page, neural-tangents' figures, and the pictures."""
