"""What the comparison is made of: its sides, the projections fitted for them, and the figures beneath."""
