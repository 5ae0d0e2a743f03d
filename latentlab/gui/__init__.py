"""The desktop program: PySide6 and pyqtgraph over `latentlab.core`. Never imported by core."""
