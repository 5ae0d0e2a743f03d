"""An attribute vector, added to the probe or to a pin at several strengths."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLabel, QLineEdit, QSlider, QWidget

from latentlab.core.attribute import NO_ATTRIBUTE, STRONGEST
from latentlab.core.attribute_requests import DecodeStrengths
from latentlab.core.selection import Selection
from latentlab.core.serving import Images
from latentlab.gui.attribute_measuring import AttributeMeasuring
from latentlab.gui.panels.base import Panel
from latentlab.gui.session import Session
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.group_chooser import GroupChooser
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow
from latentlab.gui.widgets.image_view import ImageView
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.throttle import Throttle

_EXPLANATION = (
    "What sets one group of images apart, as a direction in latent space: the mean of group A's latents less that of "
    "group B's. Added to the probe it gives the probe's image more of it, taken away less; the strip shows from −2 to "
    "2 times the vector, the large image what the slider says, and the line in the scatter where that leads. Select "
    "points and use them as a group, or take a class. In more than two latents the vector leaves the plane: it is "
    "added to the probe's latent itself, and the line is its shadow. After A. B. L. Larsen et al. (2016)."
)
_EMPTY = (
    "An attribute is what group A has and group B lacks. Select points and use them as A; "
    "then others, and use them as B. Or choose two classes."
)
_MEASURING = "Finding the mean of each group…"
_STRENGTHS = tuple(float(value) for value in np.linspace(-STRONGEST, STRONGEST, 9))
_FINEST = 100  # steps of the slider for one time the vector
_FOLLOW_MS, _LOOK_MS, _LONGEST_WAIT = 50, 250, 2.0
_LEAST_IMAGE = 96
_LEAST_LINE = 280


class AttributePanel(Panel):
    """Two groups, their difference, and a strip of images that have more and more of it.

    Attributes:
        forget: the button that empties both groups.
        having, lacking: how the groups A and B are chosen.
        title_field: the attribute's name.
        target: what the vector is added to: the probe, or a pin.
        strip, image: decoded at even strengths, and at the slider's.
        slider: the strength, in hundredths.
    """

    def __init__(self, session: Session, measuring: AttributeMeasuring) -> None:
        super().__init__("attribute", "Attribute", _EXPLANATION)
        self._session, self._measuring = session, measuring
        self.forget = self.add_tool("restart", "Forget both groups")
        self.forget.clicked.connect(partial(session.set_attribute, "forgetting the attribute", NO_ATTRIBUTE))
        self.title_field = QLineEdit()
        self._note = self.add_note()
        self.having, self.lacking = GroupChooser("A"), GroupChooser("B")
        self.strip, self.image = ImageStrip(fewest=len(_STRENGTHS)), ImageView()
        self.target, self.slider, self._strength = QComboBox(), QSlider(Qt.Orientation.Horizontal), QLabel()
        self._targets: list[str] = []
        self._follows = Throttle(self._ask, _FOLLOW_MS, self)
        self._looks = PatientTimer(self._follow_target, session.hand_is_busy, _LONGEST_WAIT, self)
        self._lay_out()
        self._connect()
        self._take_pins()
        self._follow()

    def _lay_out(self) -> None:
        self.title_field.setToolTip("What the attribute is called; press Enter to keep it")
        self.title_field.setAccessibleName("Name of the attribute")
        follow(self, lambda: self.title_field.setMinimumWidth(px(72)))
        self.target.setToolTip("What the vector is added to")
        self.target.setAccessibleName("What the vector is added to")
        self.slider.setRange(round(-STRONGEST * _FINEST), round(STRONGEST * _FINEST))
        self.slider.setSingleStep(_FINEST // 20)
        self.slider.setPageStep(_FINEST // 2)
        self.slider.setTickInterval(_FINEST // 2)
        self.slider.setTickPosition(QSlider.TickPosition.TicksAbove)
        self.slider.setToolTip("How many times the vector is added, −2 to 2")
        self.slider.setAccessibleName("Strength of the attribute")
        follow(self, lambda: self._strength.setMinimumWidth(px(48)))
        self._strength.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        area = QWidget()
        pictures = QHBoxLayout(area)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(8)
        self.image.setMinimumWidth(_LEAST_IMAGE)
        pictures.addWidget(self.strip, 5)
        pictures.addWidget(self.image, 1)
        self.picture_area = area
        self._groups = groups = QHBoxLayout()
        added, hand = QHBoxLayout(), QHBoxLayout()
        for row, widgets in (
            (groups, ((self.having, 1), (self.lacking, 1))),
            (hand, ((self.slider, 1), (self._strength, 0))),
            (added, ((self.title_field, 1), (self.target, 1))),
        ):
            row.setSpacing(8)
            for widget, stretch in widgets:
                row.addWidget(widget, stretch)
        self.column.addLayout(groups)
        self.column.addWidget(area, 1)
        self.column.addLayout(hand)
        self.column.addLayout(added)
        follow(self, self._turn_groups)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn_groups()

    def _turn_groups(self) -> None:
        """Puts the groups beneath each other where words are so large that a line would cut the classes' names."""
        across = self.width() >= px(_LEAST_LINE)
        self._groups.setDirection(QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom)

    def _connect(self) -> None:
        session, measuring = self._session, self._measuring
        for chooser, group in ((self.having, "A"), (self.lacking, "B")):
            chooser.selection_taken.connect(partial(self._take_selection, group))
            chooser.class_taken.connect(partial(self._take_class, group))
        self.title_field.editingFinished.connect(self._rename)
        self.target.activated.connect(self._choose_target)
        self.slider.valueChanged.connect(self._slid)
        self.strip.image_clicked.connect(self._clicked)
        session.dataset_changed.connect(self._take_dataset)
        session.attribute_changed.connect(self._follow)
        session.pins_changed.connect(self._take_pins)
        session.class_chosen.connect(self._follow_target)
        session.model_updated.connect(self._schedule)
        measuring.target_changed.connect(self._follow_target)
        measuring.measured.connect(self._show_vector)
        session.when_answered(DecodeStrengths, self._show)

    # What the hand chooses.

    def _take_selection(self, group: str) -> None:
        selection = self._session.exploration.selection
        if len(selection):
            self._set_group(group, selection)
        else:
            self.said.emit("Nothing is selected; click points first, then use them as a group.")

    def _take_class(self, group: str, label: int) -> None:
        images = self._session.images
        if images is not None and images.split.labels is not None:
            self._set_group(group, Selection.of(np.flatnonzero(images.split.labels == label)))

    def _set_group(self, group: str, members: Selection) -> None:
        before = self._session.exploration.attribute
        after = replace(before, having=members) if group == "A" else replace(before, lacking=members)
        self._session.set_attribute(f"choosing group {group}", after)

    @Slot()
    def _rename(self) -> None:
        name = self.title_field.text().strip()
        self._session.set_attribute("naming the attribute", replace(self._session.exploration.attribute, name=name))

    @Slot(int)
    def _slid(self, value: int) -> None:
        attribute = replace(self._session.exploration.attribute, strength=value / _FINEST)
        self._session.set_attribute("changing the strength", attribute)

    @Slot(int)
    def _clicked(self, column: int) -> None:
        self.slider.setValue(round(_STRENGTHS[column] * _FINEST))

    @Slot(int)
    def _choose_target(self, index: int) -> None:
        self._measuring.add_to(index - 1 if index else None)

    # What is shown.

    @Slot()
    def _take_dataset(self) -> None:
        names = self._session.dataset.class_names if self._session.dataset else ()
        for chooser in (self.having, self.lacking):
            chooser.set_classes(names)
        self._follow()

    @Slot()
    def _take_pins(self) -> None:
        names = ["to the probe", *(f"to pin {pin.name}" for pin in self._session.exploration.pins)]
        # A pin that only moves leaves the list alone, which may be open.
        if names == self._targets:
            return
        self._targets = names
        self.target.clear()
        self.target.addItems(names)
        pin = self._measuring.pin
        self.target.setCurrentIndex(0 if pin is None else pin + 1)

    @Slot()
    def _follow(self) -> None:
        attribute = self._session.exploration.attribute
        class_names = self._session.dataset.class_names if self._session.dataset else ()
        whose = []
        for chooser, group in ((self.having, attribute.having), (self.lacking, attribute.lacking)):
            label = self._class_of(group)
            chooser.show_group(len(group), label)
            whose.append("" if label is None else class_names[label])
        self.title_field.setPlaceholderText(" − ".join(whose) if all(whose) else "A − B")
        if self.title_field.text().strip() != attribute.name:
            self.title_field.setText(attribute.name)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(attribute.strength * _FINEST))
        self._strength.setText(f"× {attribute.strength:.2f}".replace("-", "−"))
        self._show_vector()

    def _class_of(self, group: Selection) -> int | None:
        """The class whose shown images the group is, or None."""
        labels = None if self._session.images is None else self._session.images.split.labels
        if labels is None or not len(group):
            return None
        label = int(labels[group.points[0]])
        of_class = labels == label
        return label if of_class.sum() == len(group) and of_class[group.points].all() else None

    @Slot()
    def _show_vector(self) -> None:
        attribute, vector = self._session.exploration.attribute, self._measuring.vector
        for widget in (self.slider, self.target):
            widget.setEnabled(vector is not None)
        if vector is None:
            self.strip.set_empty_text(_MEASURING if attribute.complete else _EMPTY)
            self.strip.set_rows([])
            self.image.set_image(None)
            self._note.setText("")
            return
        name = attribute.name or self.title_field.placeholderText()
        counts = f"{vector.having:,} and {vector.lacking:,} images"
        self._note.setText(f"{self._session.source_title} · {name} · {counts} · length {vector.length:.2f}")
        self._follow_target()

    @Slot()
    def _schedule(self) -> None:
        if self._measuring.vector is not None and not self._looks.is_active():
            self._looks.start(_LOOK_MS)

    @Slot()
    def _follow_target(self) -> None:
        if self._measuring.vector is None:
            return
        if self.is_seen():
            self._follows.request()
        elif not self._looks.is_active():
            self._looks.start(_LOOK_MS)  # behind another tab the images wait for whoever comes to see them

    def _ask(self) -> None:
        vector, exploration = self._measuring.vector, self._session.exploration
        if vector is not None:
            strengths = (*_STRENGTHS, exploration.attribute.strength)
            self._session.ask(DecodeStrengths(self._measuring.target, vector.vector, strengths, exploration.label))

    def _show(self, request: DecodeStrengths, images: Images) -> None:
        if self._measuring.vector is None:
            return
        self.strip.set_rows([StripRow("−2 to 2 ×", images[:-1])])
        strength = request.strengths[-1]
        self.strip.set_selected(int(np.abs(np.array(_STRENGTHS) - strength).argmin()))
        self.image.set_image(images[-1])
