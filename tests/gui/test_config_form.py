"""The form that builds itself, driven by mouse, keys and wheel as a person drives it."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from latentlab.core.options import Choice, option
from latentlab.gui import theme
from latentlab.gui.widgets.config_form import ConfigForm
from latentlab.gui.widgets.form_group import FormGroup


@dataclass(frozen=True)
class Model:
    body: str = option("mlp", label="Body", help="The networks.", choices={"mlp": "Connected", "conv": "Convolutional"})
    latent_dim: int = option(2, label="Latent dimension", help="How many numbers.", minimum=1, maximum=128)
    hidden: int = option(512, label="Hidden", help="Width.", minimum=8, maximum=4096, shown_when=("body", ("mlp",)))
    channels: int = option(32, label="Channels", help="Width.", minimum=8, shown_when=("body", ("conv",)))


@dataclass(frozen=True)
class Training:
    epochs: int = option(20, label="Epochs", help="Passes.", minimum=1, maximum=1000, unit="passes", retunable=True)
    batch_size: int = option(128, label="Batch size", help="Images a step.", minimum=1, maximum=4096, unit="images")
    rate: float = option(1e-3, label="Learning rate", help="Step size.", minimum=1e-6, maximum=1.0)
    shuffle: bool = option(True, label="Shuffle", help="New order.")
    images: int = option(0, label="Images", help="How many.", minimum=0, maximum=60000, special="All", advanced=True)
    note: str = option("", label="Note", help="Kept with <the run>.", advanced=True)


@pytest.fixture(autouse=True)
def dressed(qapp):
    theme.active().apply(qapp)


@pytest.fixture
def training(qtbot):
    return shown(qtbot, ConfigForm(Training()))


@pytest.fixture
def model(qtbot):
    return shown(qtbot, ConfigForm(Model()))


def shown(qtbot, form):
    # A neighbour for the focus to go to, as in any real panel.
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.addWidget(form)
    holder.neighbour = QPushButton("Elsewhere", holder)
    layout.addWidget(holder.neighbour)
    holder.resize(300, 500)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    form.holder = holder
    return form


def type_into(qtbot, field, text, finish=Qt.Key.Key_Return):
    editor = field.lineEdit() if hasattr(field, "lineEdit") else field
    qtbot.mouseClick(editor, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)
    if finish:
        qtbot.keyClick(field, finish)


def roll(widget, steps):
    """A turn of the wheel over ``widget``, delivered through its window as the platform does."""
    here = QPointF(widget.mapTo(widget.window(), widget.rect().center()))
    QTest.wheelEvent(widget.window().windowHandle(), here, QPoint(0, 120 * steps))


def test_it_shows_what_it_was_given_and_gives_it_back(training):
    assert training.config() == Training()
    training.set_config(Training(epochs=7, rate=3e-4, shuffle=False, note="hello"))
    assert training.config() == Training(epochs=7, rate=3e-4, shuffle=False, note="hello")
    assert training.values()["images"] == 0


def test_setting_a_config_says_nothing(qtbot, training):
    with qtbot.assertNotEmitted(training.config_edited):
        training.set_config(Training(epochs=3))


def test_without_a_config_there_is_nothing_to_give(qtbot):
    form = ConfigForm()
    qtbot.addWidget(form)
    with pytest.raises(RuntimeError, match="no config"):
        form.config()


def test_a_typed_number_counts_when_it_is_finished(qtbot, training):
    with qtbot.waitSignal(training.config_edited):
        type_into(qtbot, training.field("epochs"), "35")
    assert training.config().epochs == 35


def test_leaving_a_field_finishes_it(qtbot, training):
    type_into(qtbot, training.field("epochs"), "12", finish=None)
    with qtbot.waitSignal(training.config_edited):
        qtbot.keyClick(training.field("epochs"), Qt.Key.Key_Tab)
    assert training.config().epochs == 12


def test_asking_for_the_config_reads_what_is_still_being_typed(qtbot, training):
    # A button need not take the focus (macOS), so Train may be pressed with a field unfinished.
    type_into(qtbot, training.field("epochs"), "9", finish=None)
    assert training.config().epochs == 9


def test_the_same_number_again_is_no_edit(qtbot, training):
    with qtbot.assertNotEmitted(training.config_edited):
        type_into(qtbot, training.field("epochs"), "20")


@pytest.mark.parametrize(
    "typed, value, text",
    [("3e-4", 3e-4, "3e-4"), ("0.0100", 0.01, "0.01"), ("1E-2", 0.01, "0.01"), (".5", 0.5, "0.5")],
)
def test_a_learning_rate_is_typed_and_shown_as_people_write_it(qtbot, training, typed, value, text):
    field = training.field("rate")
    type_into(qtbot, field, typed)
    assert training.config().rate == value
    assert field.lineEdit().text() == text


@pytest.mark.parametrize(
    "typed, words",
    [
        ("100000", "between 1 and 4,096"),
        ("many", "must be a number"),
        ("2.5", "whole number"),
        ("", "must be a number"),
    ],
)
def test_what_cannot_be_is_explained_under_the_field_and_put_back(qtbot, training, typed, words):
    field = training.field("batch_size")
    with qtbot.waitSignal(training.error_said) as said:
        type_into(qtbot, field, typed)
    assert "Batch size" in said.args[0]
    assert words in training.row("batch_size").error()
    assert training.config().batch_size == 128
    assert field.lineEdit().text() == "128"
    error = next(label for label in training.row("batch_size").findChildren(QLabel) if words in label.text())
    assert error.isVisible()
    assert error.palette().color(error.foregroundRole()).name() == theme.active().colours.error


def test_a_complaint_goes_when_the_field_is_touched_again(qtbot, training):
    field = training.field("batch_size")
    type_into(qtbot, field, "0")
    assert training.row("batch_size").error()
    type_into(qtbot, field, "6", finish=None)
    assert not training.row("batch_size").error()


def test_a_complaint_goes_when_another_field_is_edited(qtbot, training):
    type_into(qtbot, training.field("batch_size"), "0")
    assert training.row("batch_size").error()
    type_into(qtbot, training.field("epochs"), "21")
    assert not training.row("batch_size").error()


def test_escape_drops_what_was_being_typed(qtbot, training):
    type_into(qtbot, training.field("epochs"), "77", finish=Qt.Key.Key_Escape)
    assert training.field("epochs").lineEdit().text() == "20"
    training.set_more_open(True)
    type_into(qtbot, training.field("note"), "draft", finish=Qt.Key.Key_Escape)
    assert training.config() == Training()


def test_arrow_keys_step_by_what_makes_sense(qtbot, training):
    for name, up, down in (("epochs", 21, 20), ("batch_size", 256, 128), ("rate", 2e-3, 1e-3)):
        field = training.field(name)
        field.setFocus()
        with qtbot.waitSignal(training.config_edited):
            qtbot.keyClick(field, Qt.Key.Key_Up)
        assert training.values()[name] == up
        qtbot.keyClick(field, Qt.Key.Key_Down)
        assert training.values()[name] == down


def test_the_least_value_reads_as_its_word(qtbot, training):
    training.set_more_open(True)
    field = training.field("images")
    assert field.lineEdit().text() == "All"
    type_into(qtbot, field, "5000")
    assert training.config().images == 5000
    type_into(qtbot, field, "all")
    assert training.config().images == 0
    assert field.lineEdit().text() == "All"


@pytest.mark.parametrize("typed, value", [("64 images", 64), ("4,096", 4096), (" 32 ", 32)])
def test_numbers_are_read_as_the_form_itself_writes_them(qtbot, training, typed, value):
    type_into(qtbot, training.field("batch_size"), typed)
    assert training.config().batch_size == value


def test_the_wheel_scrolls_the_form_and_leaves_its_values(qtbot):
    area = QScrollArea()
    area.setWidgetResizable(True)
    form = ConfigForm(Training())
    form.set_more_open(True)
    area.setWidget(form)
    area.resize(280, 120)
    qtbot.addWidget(area)
    area.show()
    qtbot.waitExposed(area)
    area.setFocus()
    before = area.verticalScrollBar().value()
    roll(form.field("epochs"), -1)
    assert form.config() == Training()
    assert area.verticalScrollBar().value() > before


def test_the_wheel_leaves_a_choice_alone_too(qtbot, model):
    model.holder.neighbour.setFocus()
    roll(model.field("body"), -1)
    assert model.config() == Model()


def test_the_wheel_steps_the_field_that_has_the_focus(qtbot, training):
    training.field("epochs").setFocus()
    roll(training.field("epochs"), 1)
    assert training.config().epochs == 21


def test_a_setting_that_does_not_apply_is_hidden_and_kept(qtbot, model):
    type_into(qtbot, model.field("hidden"), "64")
    assert not model.row("channels").isVisible()
    model.field("body").setFocus()
    with qtbot.waitSignal(model.config_edited):
        qtbot.keyClick(model.field("body"), Qt.Key.Key_Down)
    assert model.config() == Model(body="conv", hidden=64)
    assert not model.row("hidden").isVisible()
    assert model.row("channels").isVisible()


def test_a_switch_flips_by_click_by_key_and_by_its_caption(qtbot, training):
    field = training.field("shuffle")
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(7, field.height() // 2))
    assert training.config().shuffle is False
    qtbot.keyClick(field, Qt.Key.Key_Space)
    assert training.config().shuffle is True
    caption = next(label for label in training.row("shuffle").findChildren(QLabel) if label.text() == "Shuffle")
    qtbot.mouseClick(caption, Qt.MouseButton.LeftButton)
    assert training.config().shuffle is False


def test_what_a_beginner_does_not_need_is_folded(qtbot, training):
    assert not training.row("images").isVisible()
    more = training.findChild(QPushButton)
    with qtbot.waitSignal(training.more_toggled) as toggled:
        qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert toggled.args == [True]
    assert training.row("images").isVisible()
    more.setFocus()
    qtbot.keyClick(more, Qt.Key.Key_Space)
    assert not training.row("images").isVisible()


def test_unfolded_stays_unfolded_when_another_config_is_shown(qtbot, training):
    training.set_more_open(True)
    training.set_config(Model())
    assert not training.findChild(QPushButton).isVisible()
    assert training.config() == Model()
    training.set_config(Training())
    assert training.is_more_open()
    assert training.row("images").isVisible()


def test_tab_goes_down_the_form_through_more_to_what_it_unfolds(qtbot, training):
    training.set_more_open(True)
    training.field("epochs").setFocus()
    passed = []
    for _ in range(6):
        passed.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    fields = [training.field(name) for name in ("epochs", "batch_size", "rate", "shuffle")]
    assert passed == [*fields, training.findChild(QPushButton), training.field("images")]


def test_locked_it_takes_only_what_a_continued_run_may_change(qtbot, training):
    training.set_locked(True, except_retunable=True, reason="Stop training to change this.")
    qtbot.keyClick(training.field("batch_size"), Qt.Key.Key_Up)
    qtbot.keyClick(training.field("epochs"), Qt.Key.Key_Up)
    assert training.config() == Training(epochs=21)
    assert "Stop training" in training.field("batch_size").toolTip()
    assert "Stop training" not in training.field("epochs").toolTip()
    training.set_locked(True)
    assert not training.field("epochs").isEnabled()
    training.set_locked(False)
    assert training.field("batch_size").isEnabled()


def test_a_lock_outlives_another_config(training):
    training.set_locked(True)
    training.set_config(Model())
    assert not training.field("latent_dim").isEnabled()


def test_help_and_range_are_told(training):
    tip = training.field("images").toolTip()
    assert "How many." in tip
    assert "0 to 60,000" in tip
    assert "“All”" in tip
    assert "1e-6 to 1." in training.field("rate").toolTip()
    assert "&lt;the run&gt;" in training.field("note").toolTip()
    assert training.field("rate").accessibleName() == "Learning rate"
    assert "Step size." in training.field("rate").accessibleDescription()


def test_choices_known_only_while_running(qtbot, training):
    training.set_more_open(True)
    training.set_choices("note", [Choice("cpu", "CPU"), Choice("cuda:0", "GPU 0")])
    training.set_config(Training(note="cpu"))
    training.field("note").setFocus()
    qtbot.keyClick(training.field("note"), Qt.Key.Key_Down)
    assert training.config().note == "cuda:0"
    training.set_config(Training(note="mps"))
    assert training.config().note == "mps"


def test_values_that_change_move_nothing(qtbot, training):
    places = [training.row(name).geometry() for name in Training.__dataclass_fields__]
    training.set_config(Training(epochs=1000, batch_size=4096, rate=1.5e-6))
    qtbot.wait(0)
    assert [training.row(name).geometry() for name in Training.__dataclass_fields__] == places


def test_forms_of_one_group_stand_under_each_other(qtbot):
    group = FormGroup()
    forms = [ConfigForm(Model()), ConfigForm(Training())]
    for title, form in zip(("Model", "Training"), forms, strict=True):
        group.add_form(title, form)
    qtbot.addWidget(group)
    group.resize(300, 500)
    group.show()
    qtbot.waitExposed(group)

    def left(form, name):
        return form.field(name).mapTo(group, QPoint()).x()

    assert left(forms[0], "latent_dim") == left(forms[1], "epochs") == left(forms[1], "shuffle")
    forms[0].set_config(Training())
    qtbot.waitUntil(lambda: left(forms[0], "epochs") == left(forms[1], "epochs"))
