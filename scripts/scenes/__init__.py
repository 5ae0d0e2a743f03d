"""The scenes whose pictures `screenshots.py` makes."""
