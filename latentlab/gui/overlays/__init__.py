"""What lies over a view and has no panel of its own."""
