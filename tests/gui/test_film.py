"""The training film on the real window: every panel shows the moment that the hand asks for, exactly as it was."""

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab import paths
from latentlab.core import film_store
from latentlab.core.film import DEFAULT_BYTES, Film
from latentlab.core.lattice import cell_centres
from latentlab.core.models import ImageShape, create
from latentlab.core.requests import DecodeProbe, Reconstruct
from latentlab.core.serving import LatentServer
from latentlab.gui import filming as filming_of_runs
from latentlab.gui.training_thread import TrainingThread
from tests.gui.window import opened


@pytest.fixture(scope="module")
def filmed(shared_window):
    """The window with a small VAE whose training, which rests, was filmed; and the weights it published, by step."""
    snapshots = {}
    publish = TrainingThread._publish

    def note(thread, moment):
        snapshots[moment.step] = {name: each.clone() for name, each in moment.weights.items()}
        publish(thread, moment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingThread, "_publish", note)
        patch.setattr(film_store, "_LEAST_BYTES", 0)  # else so small a model's stay in memory
        shared_window.train("vae", steps=60)
        film = shared_window.main.filming.film
        shared_window.wait(lambda: len(film) >= 8)
        shared_window.pause()
        # They are read from files; only the newest one is in memory.
        shared_window.wait(lambda: all(frame.weights.settled for frame in film.frames[:-1]))
        assert not film.frames[-1].weights.settled and not list(paths.films().iterdir())
    return shared_window, snapshots


@pytest.fixture
def window(filmed):
    window, _ = filmed
    yield window
    window.main.filming.go_live()
    window.main.filming.set_aligned(True)
    window.main.filming.unmark()
    window.wait(lambda: window.session.step == window.control.newest.step)
    window.put_back()
    window.wait(lambda: not window.main.manifold.tiles.wanted())
    window.qtbot.wait(20)  # what it asked for last has been asked


def model_of(window, weights):
    settings, dataset = window.control.run.settings, window.session.dataset
    model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
    model.load_state_dict(weights)
    return LatentServer(model.eval(), dataset.full_scale)


def shows(window, step):
    placed = window.session.placed
    return window.session.filmed == step and placed is not None and placed.complete and placed.step == step


def decoded_at(window, position):
    answers, request = {}, DecodeProbe(position, 0)
    window.session.worker.answered.connect(lambda asked, answer, _: answers.setdefault(id(asked), answer))

    def is_answered():
        if id(request) not in answers:
            window.session.ask(request)  # newer weights that have only just come ask for the window's own probe instead
        return id(request) in answers

    window.wait(is_answered)
    return answers[id(request)]


def know_all(window):
    filming = window.main.filming
    window.wait(lambda: filming.foreseeing.encoded == len(filming.film))


def test_a_filmed_moment_is_bit_for_bit_what_the_run_was_at_that_step(filmed, window, hand_on):
    _, snapshots = filmed
    filming, line = window.main.filming, window.main.film_bar.timeline
    assert window.main.film_bar.isVisible() and filming.live
    filming.set_aligned(False)
    for index in (1, len(filming.film) // 2):
        frame = filming.film.frames[index]
        assert all(torch.equal(frame.weights[name], each) for name, each in snapshots[frame.step].items())
        hand_on(line).click(line.place_of(frame.step), 12)
        window.wait(lambda frame=frame: shows(window, frame.step))
        oracle = model_of(window, snapshots[frame.step])
        split = window.session.images.split
        expected = np.concatenate([oracle.encode(split.images[at : at + 1]) for at in range(5)])
        assert window.session.placed.positions[:5] == pytest.approx(expected, abs=1e-5)
        for position in ((0.5, -0.25), (-1.0, 1.5)):
            image = decoded_at(window, position)
            assert np.array_equal(image, oracle.decode(np.array([position], np.float32))[0])


def test_scrubbing_moves_every_panel(window, hand_on):
    filming, main = window.main.filming, window.main
    line, frames = main.film_bar.timeline, filming.film.frames
    newest = main.manifold.tiles.generation
    answers = []
    window.session.when_answered(Reconstruct, lambda request, answer: answers.append(answer))
    hand = hand_on(line)
    hand.press(line.place_of(frames[0].step), 12)
    for frame in frames[1:4]:
        hand.move((line.place_of(frame.step), 12))
    hand.release(line.place_of(frames[3].step), 12)
    window.wait(lambda: shows(window, frames[3].step))
    assert f"step {frames[3].step:,}" in main.scatter._note.text() and "Film" in main.scatter._note.text()
    assert np.array_equal(main.scatter.points.points, window.session.placed.positions)
    window.wait(lambda: main.curves.marked_epoch() == frames[3].epoch)
    window.wait(lambda: main.manifold.tiles.generation > newest and not main.manifold.tiles.wanted())
    oracle = model_of(window, frames[3].weights)
    restored = oracle.reconstruct(window.session.images.split.images[main.reconstructions.points])
    window.wait(lambda: answers and np.array_equal(answers[-1].outputs, restored))


def test_keys_step_play_and_go_back_to_live(window):
    filming, main = window.main.filming, window.main
    frames = filming.film.frames
    main.scatter.view.setFocus()
    QTest.keyClick(main, Qt.Key.Key_Comma)
    window.wait(lambda: shows(window, frames[-2].step))
    QTest.keyClick(main, Qt.Key.Key_Period)
    window.wait(lambda: shows(window, frames[-1].step))
    QTest.keyClick(main.film_bar.timeline, Qt.Key.Key_Home)
    window.wait(lambda: shows(window, frames[0].step))
    seen = []
    window.session.points_placed.connect(lambda: seen.append(window.session.placed.step))
    filming.set_speed(4.0)
    QTest.keyClick(main, Qt.Key.Key_K)
    assert filming.playing
    window.wait(lambda: not filming.playing)
    assert [step for step in dict.fromkeys(seen) if step != frames[0].step] == [each.step for each in frames[1:]]
    filming.set_speed(1.0)
    QTest.keyClick(main, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert filming.live
    window.wait(lambda: main.curves.marked_epoch() is None)
    window.wait(lambda: window.session.step == window.control.newest.step)
    window.wait_for_points()
    oracle = model_of(window, window.weights())
    assert np.array_equal(decoded_at(window, (0.5, 0.5)), oracle.decode(np.array([[0.5, 0.5]], np.float32))[0])


def test_moments_are_turned_alike_for_every_view_or_shown_as_they_are(window):
    filming, session = window.main.filming, window.session
    filming.show_step(0)
    know_all(window)
    frames = filming.film.frames
    for aligned in (True, False):
        filming.set_aligned(aligned)
        for frame in (frames[0], frames[2]):
            filming.show_step(frame.step)
            window.wait(lambda frame=frame: shows(window, frame.step))
        section = session.placed.section
        positions = session.placed.positions[:8]
        # The scatter's plane is the one that is decoded: a point's position stands for its own latent.
        assert section.lift(positions) == pytest.approx(frames[2].codes.latents[:8], abs=1e-4)
        image = decoded_at(window, tuple(map(float, positions[0])))
        oracle = model_of(window, frames[2].weights)
        exact = oracle.decode_latents(section.lift(positions[:1]))[0]
        assert np.array_equal(image, exact)
        assert aligned or np.array_equal(section.plane.axes, np.eye(2))


def test_what_is_foreseen_of_a_moment_is_shown_at_once_and_is_what_it_decodes(window):
    filming, session, tiles = window.main.filming, window.session, window.main.manifold.tiles
    filming.show_step(0)
    know_all(window)
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    assert filming.film.bytes <= filming.film.most_bytes
    images = session.images.split.images[window.main.reconstructions.points]
    for frame in (filming.film.frames[2], filming.film.frames[-2]):
        filming.show_step(frame.step)
        assert shows(window, frame.step)  # without a turn of the event loop
        foreseen, section = frame.codes.foreseen, session.placed.section
        oracle = model_of(window, frame.weights)
        centres = cell_centres(foreseen.keys)
        decoded = oracle.decode_latents(section.lift(centres)).astype(int)
        assert np.abs(decoded - foreseen.images).max() <= 1  # sums of other parts are rounded otherwise
        positions = session.placed.positions[:50]
        latents = oracle.encode(session.images.split.images[:50])
        assert section.plane.project(latents) == pytest.approx(positions, abs=1e-4)
        answers = {type(asked): foreseen.answers[asked] for asked in session.following}
        probe, restored = answers[DecodeProbe], answers[Reconstruct]
        spot = np.array([session.exploration.probe], np.float32)
        assert np.array_equal(probe, oracle.decode_latents(section.lift(spot))[0])
        assert np.abs(oracle.reconstruct(images).astype(int) - restored.outputs).max() <= 1
        window.wait(lambda frame=frame: session.step == frame.step and not tiles.wanted())
    # The view's worker, which has to compute it, says the same.
    filming.film.forget_foreseen()
    filming.step_by(-1)
    filming.show_step(frame.step)
    window.wait(lambda: shows(window, frame.step) and session.step == frame.step and not tiles.wanted())
    assert session.placed is not foreseen.placed
    assert session.placed.positions == pytest.approx(foreseen.placed.positions, abs=1e-5)
    # Another class, or a plane that is moved, is not what was foreseen.
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    filming.set_aligned(False)
    assert filming.foreseeing.foreseen == 0


def test_what_the_hand_changed_at_rest_is_foreseen_for_the_other_moments_and_the_rest_kept(window):
    filming, session = window.main.filming, window.session
    session.set_window((-2.0, -2.0, 2.0, 2.0))
    filming.show_step(0)
    know_all(window)
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    step, before = filming.film.frames[-2].step, filming.film.frames[-2].codes.foreseen
    session.move_probe((0.4, -0.3))
    assert filming.foreseeing.foreseen < len(filming.film)
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    after = filming.film.frames[filming.film.index_of(step)].codes.foreseen
    assert after.images is before.images and after.placed is before.placed
    probe, kept = ({type(each): answer for each, answer in known.answers.items()} for known in (after, before))
    assert probe[Reconstruct] is kept[Reconstruct] and probe[DecodeProbe] is not kept[DecodeProbe]


def test_the_worker_hears_of_the_moment_that_the_hand_stays_with_or_wants_more_of(window):
    filming, session = window.main.filming, window.session
    session.set_window((-2.0, -2.0, 2.0, 2.0))  # one that follows the points would want other cells at each moment
    filming.show_step(0)
    know_all(window)
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    window.qtbot.wait(100)  # the hand stayed with the first
    adopted = []
    session.worker.weights_adopted.connect(lambda step, _: adopted.append(step))
    stays = session._moment._stays
    interval = stays.interval()
    stays.setInterval(1000)  # the hand is quicker than that on any machine
    steps = [frame.step for frame in filming.film.frames[1:5]]
    for step in steps:
        filming.show_step(step)
        window.wait(lambda step=step: session.filmed == step)
    window.wait(lambda: adopted)
    stays.setInterval(interval)
    assert adopted == steps[-1:]
    # What the foreseen probe does not show is decoded with the moment's own weights, at once.
    filming.show_step(steps[0])
    image = decoded_at(window, (0.7, 0.1))
    spot = np.array([(0.7, 0.1)], np.float32)
    oracle = model_of(window, filming.film.frames[1].weights)
    assert np.array_equal(image, oracle.decode_latents(session.placed.section.lift(spot))[0])


def test_points_glide_in_slow_motion_and_jump_under_the_hand(window, monkeypatch):
    monkeypatch.setattr(filming_of_runs, "FRAMES_PER_SECOND", 3)  # however long a picture takes, there are several
    filming, points = window.main.filming, window.main.scatter.points
    filming.show_step(0)
    know_all(window)
    window.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    first, second = (frame.codes.foreseen.placed.positions for frame in filming.film.frames[:2])
    window.wait(lambda: np.array_equal(points.points, first))
    seen = []
    points.drawn.connect(lambda: seen.append(points.points.copy()))
    filming.set_speed(0.25)
    QTest.keyClick(window.main, Qt.Key.Key_K)
    window.wait(lambda: window.session.placed.step == filming.film.frames[1].step)
    QTest.keyClick(window.main, Qt.Key.Key_K)  # it stops there, once the points have come
    window.wait(lambda: seen and np.array_equal(seen[-1], second))
    filming.set_speed(1.0)
    # Each picture has all points at the same share of a straight way, and they only go forward.
    way = second - first
    shares = [float(((each - first) * way).sum() / (way**2).sum()) for each in seen]
    assert shares == sorted(shares) and len({round(share, 2) for share in shares if 0.05 < share < 0.95}) >= 3
    for each, share in zip(seen, shares, strict=True):
        assert each == pytest.approx(first + np.float32(share) * way, abs=1e-4)
    filming.step_by(1)
    assert np.array_equal(points.points, window.session.placed.positions)


def test_training_goes_on_while_a_moment_is_looked_at(window):
    filming, control = window.main.filming, window.control
    filming.show_step(0)
    first = filming.frame.step
    window.wait(lambda: shows(window, first))
    before, frames = control.newest.step, len(filming.film)
    window.click(window.bar.train)
    window.wait(lambda: control.newest.step > before + 50)
    assert shows(window, first) and len(filming.film) > frames  # new ones were recorded, and none was adopted
    window.click(window.main.film_bar.live)
    window.wait(lambda: window.session.step > before)
    control.rest()
    window.wait(lambda: control.state == "resting" and window.session.step == control.newest.step)


def test_a_film_is_kept_within_the_bound_that_the_user_sets(window):
    filming = window.main.filming
    before = filming.film.frames
    first, last = before[0], before[-1]
    one = sum(tensor.nbytes for tensor in first.weights.values())
    filming.set_bound(4 * one)
    assert filming.film.bytes <= 4 * one
    assert (filming.film.frames[0].step, filming.film.frames[-1].step) == (first.step, last.step)
    filming.set_bound(0)
    window.wait(lambda: not window.main.film_bar.isVisible())
    filming.set_bound(DEFAULT_BYTES)
    window.control.run.film = Film()
    for frame in before:
        window.control.run.film.record(frame)
    filming.film_changed.emit()


def test_a_marked_part_becomes_a_file(window, tmp_path, record):
    from PIL import Image

    filming, main = window.main.filming, window.main
    frames = filming.film.frames
    filming.show_step(frames[1].step)
    QTest.keyClick(main, Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.ControlModifier)
    filming.show_step(frames[3].step)
    QTest.keyClick(main, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    assert [frame.step for frame in filming.part()] == [frame.step for frame in frames[1:4]]
    said = record(main.film_saving.said)
    main.film_saving.save_to(tmp_path / "film.gif")
    window.wait(lambda: said)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 3
    failed = record(main.film_saving.failed)
    main.film_saving.save_to(tmp_path / "film.mp4")
    assert failed == [("A film is saved as .gif or .png; film.mp4 ends in neither.",)]
    main.film_saving.save_to(tmp_path / "missing" / "film.gif")
    window.wait(lambda: len(failed) == 2)
    assert failed[1][0].startswith("The film could not be saved: No such file")


def test_a_run_that_keeps_its_film_shows_it_when_it_is_opened(window, tmp_path, qtbot):
    filming, control, folder = window.main.filming, window.control, tmp_path / "run"
    window.main.film_menu.kept.setChecked(True)
    control.save(folder)
    window.wait(lambda: (folder / "film").is_dir() and control.run.safe is not None)
    window.main.film_menu.kept.setChecked(False)
    control.run.folder, control.run.lock = None, control.run.lock.release()
    files = sorted((folder / "film").iterdir())
    assert len(files) == len(filming.film)
    files[1].write_bytes(files[1].read_bytes()[:100])
    with opened(qtbot, run=folder) as other:
        ours, theirs = filming.film.frames, other.main.filming.film.frames
        other.wait(lambda: other.main.film_bar.isVisible())
        assert [frame.step for frame in theirs] == [frame.step for frame in (ours[0], *ours[2:])]
        assert other.main.messages.texts()[0].startswith("1 frame of the film is damaged and left out")
        other.main.filming.show_step(theirs[2].step)
        other.wait(lambda: shows(other, theirs[2].step))
        exact = model_of(window, ours[3].weights).decode(np.array([[0.5, 0.5]], np.float32))[0]
        other.main.filming.set_aligned(False)
        other.wait(lambda: np.array_equal(decoded_at(other, (0.5, 0.5)), exact))
