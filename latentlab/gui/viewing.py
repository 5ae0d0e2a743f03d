"""What the window looks at: a data set, PCA of it until there is a model, then the model as it learns."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from latentlab.core import devices
from latentlab.core.batches import encode_split
from latentlab.core.data import DataConfig, Dataset
from latentlab.core.fit import Snapshot
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.plane import Floats
from latentlab.core.projections import PCA
from latentlab.core.run import RunSettings
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ShownImages, ViewConfig
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.session import Session


class Viewing(QObject):
    """Puts before the session what there is to look at.

    Attributes:
        data: what is loaded, or None before anything is.

    Signals:
        data_shown(str): what is loaded, and that it is a part where it is one.
        failed(str): a sentence about what went wrong.
        said(str): a sentence about what is happening.
    """

    data_shown = Signal(str)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__()
        self.data: DataConfig | None = None
        self._session, self._errands = session, errands
        self._model: tuple[RunSettings, Snapshot] | None = None

    def show_data(self, dataset: Dataset, config: DataConfig, view: ViewConfig) -> None:
        """Shows a data set, by its PCA unless a model follows."""
        self.data = config
        self._session.show_dataset(dataset, view)
        counts = f"{len(dataset.train):,} training and {len(dataset.test):,} test images"
        self.data_shown.emit(f"{dataset.note[0].upper()}{dataset.note[1:]}" if dataset.note else counts)
        self.said.emit(f"{dataset.title}: {counts}.")
        self._place_pca()

    def show_other_images(self, view: ViewConfig) -> None:
        """Shows another choice of the data set's images as points."""
        dataset = self._session.dataset
        if dataset is None:
            self._session.view_config = view  # for the data to come
        if dataset is None or view == self._session.view_config:
            return
        self._session.show_dataset(dataset, view)
        self._place_pca()
        if self._model is not None:
            self._look_at_model(*self._model)

    def follow(self, settings: RunSettings, moment: Snapshot) -> None:
        """Looks at a run's model as it is at ``moment``; where it is looked at already, only its weights change."""
        is_known = self._model is not None
        self._model = settings, moment
        if is_known:
            self._session.adopt(moment.step, moment.weights)
        else:
            self._look_at_model(settings, moment)

    def forget_model(self) -> None:
        """The run is closed: what `follow` gets next is another model. Until then the view stays as it is."""
        self._model = None

    def look_at_pca(self) -> None:
        """Looks at the data set's PCA, where it is there; else it is looked at once it is."""
        if self._session.pca is not None and self._session.images is not None:
            self._look_at_pca(self._session.images)

    def _place_pca(self) -> None:
        session = self._session
        dataset, images, known = session.dataset, session.images, session.pca
        assert dataset is not None and images is not None

        def work(_: Reporter) -> tuple[PCA, Floats]:
            pca = known or PCA.fit(dataset.train.images, dataset.full_scale, 2)
            return pca, encode_split(pca, images.split, dataset.full_scale)

        def done(result: tuple[PCA, Floats]) -> None:
            # Another data set may have been chosen meanwhile.
            if session.images is images:
                session.take_pca(*result)
                if self._model is None:
                    self._look_at_pca(images)

        self._errands.run("Computing PCA", work, done, self.failed.emit)

    def _look_at_pca(self, images: ShownImages) -> None:
        pca, dataset = self._session.pca, self._session.dataset
        assert pca is not None and dataset is not None
        self._session.look_at("PCA", lambda: LatentServer(pca, dataset.full_scale))

    def _look_at_model(self, settings: RunSettings, moment: Snapshot) -> None:
        dataset = self._session.dataset
        assert dataset is not None
        shape = ImageShape(*dataset.shape, dataset.classes)

        def make_server() -> LatentServer:
            model = create(settings.model_name, settings.model, shape)
            model.load_state_dict(moment.weights)
            # Beside training on an NVIDIA GPU its streams keep the two apart; elsewhere a GPU would make the hand wait.
            device = devices.resolve(settings.training.device)
            model = model.eval().to(device if device.type == "cuda" else "cpu")
            return LatentServer(model, dataset.full_scale, rounds=settings.training.precision == "fast")

        self._session.look_at(model_info(settings.model_name).short_title, make_server, moment.step)
