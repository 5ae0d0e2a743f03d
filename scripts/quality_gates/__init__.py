"""What scripts/quality.py asks of the models: the oracles they must meet, and the published figures beside them."""
