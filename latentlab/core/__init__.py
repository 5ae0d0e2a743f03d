"""Everything a headless run needs: data, models, training, evaluation. Never imports Qt."""
