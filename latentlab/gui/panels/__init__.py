"""The window's panels. Panels never import each other; they meet in `Session`."""
