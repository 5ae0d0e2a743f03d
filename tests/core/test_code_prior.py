"""The code prior against enumeration, autograd and NumPy; its training; and the file that keeps it with a run."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from latentlab.core import prior_file, runs
from latentlab.core.code_prior import CodeLayout, CodePrior, LearnedPrior, PriorConfig, PriorFigures
from latentlab.core.data import DataConfig
from latentlab.core.errors import RunError, TrainingError
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.prior_training import PriorFit, PriorTrainer, layout_of, unigram_entropy
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits

CPU = torch.device("cpu")
VQVAE = build(model_info("vqvae").config, {"channels": 8, "grid": 2, "codes": 16, "latent_dim": 4})


def random_prior(height, width, codes, features=8, seed=0):
    """A prior of random weights, its last layer too, which begins at zero."""
    prior = CodePrior(CodeLayout(height, width, codes), features, seed)
    generator = torch.Generator().manual_seed(seed)
    for parameter in prior.head.parameters():
        parameter.data.normal_(generator=generator)
    return prior


def every_map(height, width, codes):
    maps = itertools.product(range(codes), repeat=height * width)
    return torch.tensor(list(maps)).view(-1, height, width)


@pytest.mark.parametrize("height, width", [(5, 4), (7, 7), (1, 6), (6, 1)])
def test_a_place_sees_what_is_before_it_and_nothing_else(height, width):
    prior = random_prior(height, width, 5, features=32)
    codes = torch.randint(5, (1, height, width), generator=torch.Generator().manual_seed(1))
    for row, column in itertools.product(range(height), range(width)):
        seen = []
        hook = prior.embedding.register_forward_hook(lambda module, given, out, seen=seen: seen.append(out))
        logits = prior(codes)
        hook.remove()
        (gradient,) = torch.autograd.grad(logits[0, :, row, column].square().sum(), seen[0])
        matters = gradient[0].abs().sum(2).flatten() > 0
        here = row * width + column
        assert not matters[here:].any()
        assert matters[:here].all()  # no blind spot, from the nearest to the opposite corner


@pytest.mark.parametrize("height, width, codes", [(2, 2, 3), (1, 1, 7), (3, 1, 4), (1, 3, 4)])
def test_probabilities_of_all_maps_add_up_to_one(height, width, codes):
    prior = random_prior(height, width, codes).double()
    with torch.no_grad():
        assert abs(float(torch.exp(-prior.nll(every_map(height, width, codes))).sum()) - 1.0) < 1e-9


def test_begins_where_every_code_is_as_likely():
    prior = CodePrior(CodeLayout(3, 3, 11), 8)
    with torch.no_grad():
        nll = prior.nll(torch.zeros(2, 3, 3, dtype=torch.long))
    np.testing.assert_allclose(nll.numpy(), 9 * math.log(11), rtol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_draws_what_it_holds_likely(temperature):
    prior, maps, count = random_prior(1, 2, 3), every_map(1, 2, 3), 20_000
    *_, drawn = prior.draw(count, temperature, torch.Generator().manual_seed(0))
    with torch.no_grad():
        # By the chain rule, with each factor sharpened by itself.
        logits = prior(maps) / temperature
        chances = torch.softmax(logits, 1).gather(1, maps[:, None])[:, 0].prod(2).prod(1).numpy()
    drawn_numbers = (drawn[:, 0, 0] * 3 + drawn[:, 0, 1]).numpy()
    found = np.bincount(drawn_numbers, minlength=9)
    # Pearson's statistic of 8 degrees of freedom is beyond 26 once in a thousand times.
    assert ((found - count * chances) ** 2 / (count * chances)).sum() < 26


def test_draws_from_its_own_generator():
    prior = random_prior(2, 2, 4)
    before = torch.random.get_rng_state()
    first, again, other = (
        list(prior.draw(5, 1.0, torch.Generator().manual_seed(seed)))[-1].clone() for seed in (1, 1, 2)
    )
    CodePrior(CodeLayout(2, 2, 4), 8, seed=3)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_unigram_entropy_is_numpys():
    codes = np.random.default_rng(0).choice(6, (50, 3, 2), p=[0.5, 0.3, 0.1, 0.1, 0, 0])
    shares = np.unique(codes, return_counts=True)[1] / codes.size
    assert abs(unigram_entropy(torch.from_numpy(codes), 6) + (shares * np.log(shares)).sum()) < 1e-12


def trained(codes, layout, epochs, width=16):
    trainer = PriorTrainer(codes, layout, PriorConfig(epochs=epochs, width=width), CPU)
    while not trainer.done:
        trainer.advance(100)
    return trainer


def test_learns_that_one_code_follows_from_another():
    first = torch.randint(8, (640, 1), generator=torch.Generator().manual_seed(0))
    codes = torch.stack([first, (first + 3) % 8], 2)  # a code map is a row of two, the second known from the first
    trainer = trained(codes.to(torch.int16), CodeLayout(1, 2, 8), 40)
    nats = trainer.nll(codes) / len(codes)
    unigram = 2 * unigram_entropy(codes, 8)
    assert unigram / 2 - 0.01 < nats < unigram / 2 + 0.1


def test_on_one_place_it_is_the_unigram_distribution():
    codes = torch.from_numpy(np.random.default_rng(0).choice(5, (1000, 1, 1), p=[0.6, 0.2, 0.1, 0.1, 0]))
    trainer = trained(codes, CodeLayout(1, 1, 5), 40)
    floor = unigram_entropy(codes, 5)
    assert floor - 1e-6 <= trainer.nll(codes) / len(codes) < floor + 0.01


def test_a_loss_that_is_no_number_is_a_sentence():
    trainer = PriorTrainer(torch.zeros(10, 1, 1), CodeLayout(1, 1, 3), PriorConfig(), CPU)
    trainer.network.place.data.fill_(math.nan)
    with pytest.raises(TrainingError, match="stopped being a number"):
        trainer.advance(1)


@pytest.fixture(scope="module")
def trainer():
    made = Trainer(digits(), "vqvae", VQVAE, TrainingConfig(epochs=2, batch_size=100))
    made.advance(10)
    return made


def moment(trainer, prior=None):
    return Run.of(trainer, DataConfig("digits"), VQVAE, Exploration(), prior)


def learned_over(trainer, **config):
    fit = PriorFit(moment(trainer).build_model(), digits(), PriorConfig(**{"epochs": 2, "width": 8, **config}), 10)
    return fit, list(fit.events())


def test_a_fit_says_how_far_it_is_and_beats_the_unigram(trainer):
    fit, events = learned_over(trainer, epochs=12, width=16)
    prior = fit.learned
    assert prior is not None
    assert (prior.step, prior.epochs, prior.network.layout) == (10, 12.0, CodeLayout(2, 2, 16))
    assert events[-1].learned is prior and events[-1].share == 1.0
    whole = moment(trainer).build_model()
    with torch.no_grad():
        codes = whole.encode(torch.from_numpy(digits().test.images.copy()).float() / 16).codes
        assert abs(float(prior.network.nll(codes).mean()) - prior.figures.nll) < 1e-3
    assert abs(prior.figures.unigram - 4 * unigram_entropy(codes, 16)) < 1e-9
    assert prior.figures.nll < prior.figures.unigram - 0.1
    training = [event.share for event in events if event.what.startswith("Epoch")]
    assert training == sorted(training)


def test_same_seed_same_prior(trainer):
    first, second, other = (learned_over(trainer, seed=seed)[0].learned for seed in (1, 1, 2))
    assert first.figures == second.figures != other.figures
    assert all(torch.equal(a, b) for a, b in zip(first.network.parameters(), second.network.parameters(), strict=True))


def test_a_stopped_fit_keeps_what_was_learned(trainer):
    fit = PriorFit(moment(trainer).build_model(), digits(), PriorConfig(epochs=100, width=8), 10)
    events = fit.events()
    next(event for event in events if event.what.startswith("Epoch"))
    events.close()
    list(fit.conclude())
    assert fit.learned is not None and 0 < fit.learned.epochs < 1


def test_a_fit_stopped_before_its_first_step_has_learned_nothing(trainer):
    fit = PriorFit(moment(trainer).build_model(), digits(), PriorConfig(), 10)
    events = fit.events()
    next(events)
    events.close()
    assert not list(fit.conclude()) and fit.learned is None


# Keeping it with the run.


@pytest.fixture
def prior(trainer):
    network = random_prior(2, 2, 16).eval()
    return LearnedPrior(network, PriorConfig(epochs=3, width=8), 10, 2.5, PriorFigures(7.0, 9.0, 4))


@pytest.fixture
def folder(trainer, prior, tmp_path):
    runs.save(moment(trainer, prior), tmp_path / "run")
    return tmp_path / "run"


def test_a_prior_comes_back_with_its_run(prior, folder):
    opened = runs.load(folder)
    there = opened.prior
    assert there is not None and not opened.prior_problem
    assert (there.config, there.step, there.epochs, there.figures) == (prior.config, 10, 2.5, prior.figures)
    codes = every_map(2, 2, 4)
    with torch.no_grad():
        assert torch.equal(there.network.nll(codes), prior.network.nll(codes))
    assert not any(parameter.requires_grad for parameter in there.network.parameters())


def test_a_prior_from_before_there_were_dilations_is_what_it_was(tmp_path):
    network = CodePrior(CodeLayout(5, 4, 6), 8, dilations=(1, 1, 1))
    torch.nn.init.normal_(network.head.weight)
    prior_file.write(LearnedPrior(network.eval(), PriorConfig(width=8), 10, 1.0, PriorFigures(0.0, 1.0, 20)), tmp_path)
    tensors, metadata = load_all(tmp_path / prior_file.NAME)
    description = json.loads(metadata["prior"])
    del description["dilations"]
    save_file(tensors, tmp_path / prior_file.NAME, {"prior": json.dumps(description)})
    there = prior_file.read(tmp_path, 10, 10).network
    codes = torch.randint(6, (3, 5, 4), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(there.nll(codes), network.nll(codes))
    assert CodePrior(network.layout, 8).dilations == (1, 2, 4)


def test_a_prior_of_older_weights_is_left_behind(prior, folder):
    later = Trainer(digits(), "vqvae", VQVAE, TrainingConfig(epochs=2, batch_size=100))
    later.advance(11)
    runs.save(moment(later, prior), folder)
    assert not (folder / prior_file.NAME).exists()
    opened = runs.load(folder)
    assert opened.prior is None and not opened.prior_problem


def test_a_save_killed_before_the_prior_leaves_no_mixture(folder, monkeypatch):
    later = Trainer(digits(), "vqvae", VQVAE, TrainingConfig(epochs=2, batch_size=100))
    later.advance(11)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(prior_file, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.save(moment(later), folder)
    opened = runs.load(folder)
    assert opened.step == 11 and opened.prior is None and not opened.prior_problem


def test_a_first_save_of_a_prior_killed_before_the_settings_has_it(trainer, prior, tmp_path, monkeypatch):
    runs.save(moment(trainer), tmp_path)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "config_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.save(moment(trainer, prior), tmp_path)
    assert runs.load(tmp_path).prior is not None


def spoil_values(path):
    with_nan = {name: torch.full_like(tensor, math.nan) for name, tensor in load_all(path)[0].items()}
    save_file(with_nan, path, load_all(path)[1])


def spoil_width(path):
    tensors, metadata = load_all(path)
    description = json.loads(metadata["prior"])
    description["settings"]["width"] = 9
    save_file(tensors, path, {"prior": json.dumps(description)})


def load_all(path):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"\x80\x04pickle"),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: save_file({}, path),
        spoil_values,
        spoil_width,
    ],
    ids=["pickle", "cut short", "empty", "not finite", "other width"],
)
def test_a_damaged_prior_is_a_sentence_and_the_run_opens(spoil, folder):
    spoil(folder / prior_file.NAME)
    opened = runs.load(folder)
    assert opened.step == 10 and opened.prior is None
    assert opened.prior_problem == f"prior.safetensors in {folder} is damaged; train the prior anew to draw samples."


def test_a_missing_prior_is_a_sentence_and_the_run_opens(folder):
    (folder / prior_file.NAME).unlink()
    opened = runs.load(folder)
    assert opened.prior is None and opened.prior_problem.startswith("prior.safetensors in ")
    assert opened.prior_problem.endswith("is missing; train the prior anew to draw samples.")


def test_the_prior_of_another_model_is_a_sentence(trainer, prior, tmp_path):
    foreign = replace(prior, network=random_prior(3, 3, 16).eval())
    runs.save(moment(trainer, foreign), tmp_path)
    opened = runs.load(tmp_path)
    assert opened.prior is None and "another model's" in opened.prior_problem


def test_a_prior_that_cannot_be_written_leaves_the_run(trainer, prior, tmp_path, monkeypatch):
    runs.save(moment(trainer), tmp_path)
    monkeypatch.setattr(prior_file, "replace_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(RunError, match="No space"):
        runs.save(moment(trainer, prior), tmp_path)
    assert runs.load(tmp_path).step == 10


@pytest.mark.parametrize("grid", [1, 3])
def test_layout_is_what_the_model_writes(grid):
    config = build(model_info("vqvae").config, {"grid": grid, "codes": 9, "body": "mlp", "hidden": 16})
    model = Trainer(digits(), "vqvae", config, TrainingConfig()).model.eval()
    assert layout_of(model) == CodeLayout(grid, grid, 9)
