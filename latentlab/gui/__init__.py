"""The desktop program: PySide6 and pyqtgraph over `latentlab.core`. Never imported by core."""

import PySide6.QtCore  # noqa: F401  # which brings what is spared

from latentlab.gui.quick_imports import spare_imports

spare_imports()
