"""What lies over the planes of several panels and has no panel of its own."""
