"""What belongs to one view and has no panel of its own."""
