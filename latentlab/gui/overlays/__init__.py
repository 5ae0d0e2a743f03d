"""What belongs to a view of the plane and has no panel of its own."""
