"""Data of one's own that moved, vanished, or are no longer what a run was trained on."""

import json
from dataclasses import replace

import pytest

from latentlab.core import forking, headless, reopening, run_data, run_store, runs
from latentlab.core.data import DataConfig
from latentlab.core.errors import Cancelled, DataError, LostDataError, RunError
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Origin, Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.own_runs import save_trained_on, write_npz
from tests.core.sets import digits


@pytest.fixture
def file(tmp_path):
    return write_npz(tmp_path / "mine.npz")


@pytest.fixture
def folder(file, tmp_path):
    return save_trained_on(file, tmp_path / "run")


def config_of(folder):
    return json.loads((folder / "config.json").read_text())


def lost(folder, place=""):
    with pytest.raises(LostDataError) as caught:
        reopening.read(folder, place=place)
    return caught.value


class TestMoved:
    def test_is_found_where_it_is_said_to_be_and_the_next_save_notes_it(self, file, folder, tmp_path, monkeypatch):
        before = runs.load(folder)
        new = file.rename(tmp_path / "new.npz")
        error = lost(folder)
        assert str(error) == f"“run” was trained on {file}, which cannot be found." and error.place == str(file)
        monkeypatch.chdir(tmp_path)
        opened, dataset = reopening.read(folder, place="new.npz")  # as it is said on the command line
        assert opened.settings.data == DataConfig(str(new)) and dataset.name == str(new)
        assert run_data.changed(opened, dataset) == ""
        assert opened.content == before.content._replace(place=str(new))
        runs.save(opened, folder)
        assert config_of(folder)["data"]["name"] == str(new)
        again, _ = reopening.read(folder)
        assert (again.settings, again.history) == (opened.settings, before.history)
        assert again.fingerprint == before.fingerprint != ""

    def test_goes_on_exactly_as_if_it_had_not(self, file, folder, tmp_path):
        def went_on(place=""):
            run = headless.resume(folder, TrainingConfig(epochs=2, batch_size=8, device="cpu"), place=place)
            run.trainer.advance(2)
            run.close()
            return run

        there = went_on()
        new = file.rename(tmp_path / "new.npz")
        moved = went_on(str(new))
        assert moved.settings.data.name == moved.moment().settings.data.name == str(new)
        assert moved.trainer.is_sound() and moved.data_changed == ""
        weights = moved.trainer.weights()
        assert all(bool((tensor == weights[name]).all()) for name, tensor in there.trainer.weights().items())
        moved.save()
        assert config_of(folder)["data"]["name"] == str(new)

    def test_an_unnamed_run_has_no_name_in_the_sentence(self, file):
        lock = run_store.new_autosave()
        save_trained_on(file, lock.folder)
        file.unlink()
        assert str(lost(lock.folder)) == f"The run was trained on {file}, which cannot be found."
        lock.release()

    def test_what_is_not_there_either(self, folder, tmp_path):
        error = lost(folder, str(tmp_path / "nowhere"))
        assert str(error).startswith(f"There is no folder or .npz file {tmp_path / 'nowhere'}; ")
        assert "There is no folder or .npz file mnist;" in str(lost(folder, "mnist"))
        (tmp_path / "empty").mkdir()
        assert f"{tmp_path / 'empty'} holds no data" in str(lost(folder, str(tmp_path / "empty")))

    def test_a_place_that_is_there_but_cannot_be_read(self, file, folder):
        file.write_bytes(b"no archive")
        error = lost(folder)
        assert str(file) in str(error) and error.place == str(file)

    def test_other_shapes_are_one_sentence(self, file, folder, tmp_path):
        other = write_npz(tmp_path / "other.npz", side=5, classes=3)
        assert str(lost(folder, str(other))) == (
            f"“run” was trained on grey images of 6×6 pixels in 2 classes, but {other} holds grey images of 5×5 pixels "
            "in 3 classes; choose the data that it was trained on."
        )

    def test_what_has_a_name_does_not_move(self, file, tmp_path):
        folder = save_trained_on("digits", tmp_path / "named")
        with pytest.raises(DataError, match="trained on digits, which is found by its name; leave out where it lies"):
            reopening.read(folder, place=str(file))
        assert reopening.read(folder, place="digits")[0].settings.data.name == "digits"

    def test_another_run_is_still_refused(self, folder, tmp_path):
        opened = runs.load(folder)
        for data in (DataConfig("digits"), replace(opened.settings.data, name="/elsewhere", train_images=3)):
            with pytest.raises(RunError, match="already holds another run"):
                runs.save(replace(opened, settings=replace(opened.settings, data=data)), folder)

    def test_reading_can_be_cancelled(self, tmp_path, folder, monkeypatch):
        def cancelled(*_):
            raise Cancelled("Reading was cancelled.")

        monkeypatch.setattr(run_data.catalogue, "load", cancelled)
        with pytest.raises(Cancelled):
            reopening.read(folder)


class TestChanged:
    def test_is_said_and_the_run_opens(self, file, folder):
        write_npz(file, seed=1)
        opened, dataset = reopening.read(folder)
        assert run_data.changed(opened, dataset, "“run”") == (
            f"“run” was trained on other images or labels than {file} holds now; "
            "what is shown and measured is of the new ones, and training on would learn from them."
        )

    def test_is_said_until_the_run_learns_from_them(self, file, folder):
        known = config_of(folder)["fingerprint"]
        write_npz(file, seed=1)
        opened, dataset = reopening.read(folder)
        runs.save(opened, folder)  # as when it was looked at and renamed
        assert config_of(folder)["fingerprint"] == known != dataset.fingerprint
        run = headless.resume(folder, opened.settings.training)
        assert "than" in run.data_changed
        run.trainer.advance(1)
        run.save()
        run.close()
        assert config_of(folder)["fingerprint"] == dataset.fingerprint
        assert run_data.changed(*reopening.read(folder)) == ""

    def test_a_data_set_of_the_catalogue_is_called_by_its_title(self, tmp_path):
        folder = save_trained_on("digits", tmp_path / "named")
        opened, dataset = reopening.read(folder)
        assert run_data.changed(opened, dataset) == ""
        sentence = run_data.changed(replace(opened, fingerprint="0" * 16), dataset)
        assert sentence.startswith("The run was trained on other images or labels than Digits (8×8) holds now; ")

    @pytest.mark.parametrize("value", [None, 17, "left out"])
    def test_a_run_without_one_opens_silently_and_gets_one(self, value, file, folder):
        config = config_of(folder)
        known = config.pop("fingerprint")
        if value != "left out":
            config["fingerprint"] = value
        (folder / "config.json").write_text(json.dumps(config))
        assert runs.load(folder).fingerprint == ""
        opened, dataset = reopening.read(folder)
        assert run_data.changed(opened, dataset) == ""
        runs.save(opened, folder)
        assert config_of(folder)["fingerprint"] == known

    def test_fewer_images_than_the_epoch_had_seen_end_it(self, tmp_path):
        file = write_npz(tmp_path / "mine.npz", count=60)
        folder = save_trained_on(file, tmp_path / "run", steps=5)
        assert runs.load(folder).numbers["position"] == 40
        write_npz(file, count=20)
        opened, dataset = reopening.read(folder)
        assert len(dataset.train) == 17 and (opened.numbers["epochs_done"], opened.numbers["position"]) == (1, 0)
        assert reopening.moment_of(opened, dataset).epoch == 1.0
        trainer = reopening.restored(opened, opened.settings, dataset)
        trainer.advance(3)
        assert trainer.step == 8 and trainer.epoch == 2.0

    def test_a_fork_knows_what_its_parent_learned_from(self):
        config = build(model_info("ae").config, {"hidden": 8})
        trainer = Trainer(digits(), "ae", config, TrainingConfig(device="cpu"))
        trainer.advance(1)
        parent = Run.of(trainer, DataConfig("digits"), config, exploration=Exploration())
        assert parent.fingerprint == digits().fingerprint
        child = forking.forked(parent, parent.settings, Origin("parent", 1, 0.1), len(digits().train))
        assert child.fingerprint == parent.fingerprint
