"""What is laid over a panel's view and can be switched off: it belongs to one view, and has no panel of its own."""
