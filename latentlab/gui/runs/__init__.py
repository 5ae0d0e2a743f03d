"""What the Runs panel is made of: its rows, their thumbnails, and the page on which a run is forked."""
