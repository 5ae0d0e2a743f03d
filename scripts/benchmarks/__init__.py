"""What scripts/bench.py measures, a file a subject."""
