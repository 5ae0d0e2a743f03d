"""A formula is broken between its terms, and nowhere else."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtGui import QTextLayout, QTextOption

from latentlab.core.models import model_info, registry
from latentlab.gui.widgets.formula import unbroken


def lines(text, width):
    """As Qt's own layout breaks ``text`` for a column of so many pixels."""
    layout, option = QTextLayout(text), QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    found = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        found.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return [line.strip() for line in found]


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("width", [40, 120, 200, 260, 320])
@pytest.mark.parametrize("info", registry(), ids=lambda info: info.name)
def test_every_line_begins_a_term_and_closes_what_it_opens(qapp, info, width):
    broken = [plain(line) for line in lines(unbroken(info.formula), width)]
    assert " ".join(broken) == info.formula
    for line, before in zip(broken[1:], broken, strict=False):
        assert line[0] in "+(" or before.endswith(",")
    for line in broken:
        assert line.count("(") + line.count("[") == line.count(")") + line.count("]")
        assert line.count("|KL") == line.count("C|")


def test_beta_vae_keeps_its_bars_together(qapp):
    formula = model_info("beta_vae").formula
    assert [plain(line) for line in lines(unbroken(formula), 40)] == [
        "min E_q[−log p(x|z)]",
        "+ β KL(q(z|x) ‖ N(0, I)),",
        "or + γ |KL − C|",
    ]
