"""Settings that describe themselves."""

import dataclasses
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentlab.core.errors import OptionError
from latentlab.core.options import applies, as_values, build, describe, option


@dataclass(frozen=True)
class Config:
    """One setting of each kind, and a field that is none."""

    size: int = option(2, label="Size", help="How large.", minimum=1, maximum=128, unit="px", special="Tiny")
    rate: float = option(
        0.001, label="Rate", help="How fast.", minimum=1e-6, maximum=1.0, advanced=True, retunable=True
    )
    seed: int = option(0, label="Seed", help="Where chance begins.", minimum=0, maximum=2**31 - 1)
    above: float = option(1.0, label="Above", help="Has no upper end.", minimum=0.5)
    below: int = option(1, label="Below", help="Has no lower end.", maximum=10)
    mode: str = option("a", label="Mode", help="Which way.", choices={"a": "The first", "b": "The second"})
    title: str = option("", label="Title", help="Any text.", shown_when=("mode", ("b",)))
    on: bool = option(True, label="Lamp", help="Whether it shines.")
    inner: int = dataclasses.field(default=7)


def setting(name):
    return next(each for each in describe(Config) if each.name == name)


def sentence(call, *arguments):
    with pytest.raises(OptionError) as caught:
        call(*arguments)
    return str(caught.value)


class TestDescription:
    def test_in_order_and_only_settings(self):
        names = [each.name for each in describe(Config)]
        assert names == ["size", "rate", "seed", "above", "below", "mode", "title", "on"]
        assert describe(Config(size=9)) == describe(Config)

    def test_says_all_that_a_form_needs(self):
        size = setting("size")
        assert (size.kind, size.default, size.label, size.help) == (int, 2, "Size", "How large.")
        assert (size.minimum, size.maximum, size.unit, size.special) == (1, 128, "px", "Tiny")
        assert (size.advanced, size.retunable) == (False, False)
        assert (setting("rate").advanced, setting("rate").retunable) == (True, True)
        assert [(choice.value, choice.label) for choice in setting("mode").choices] == [
            ("a", "The first"),
            ("b", "The second"),
        ]
        assert [setting(name).kind for name in ("rate", "mode", "on")] == [float, str, bool]

    def test_every_default_may_be_taken(self):
        for each in describe(Config):
            assert each.check(each.default) == each.default

    def test_applies(self):
        assert applies(setting("size"), {})
        assert applies(setting("title"), {"mode": "b"})
        assert not applies(setting("title"), {"mode": "a"})
        assert not applies(setting("title"), {})


class TestCheck:
    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("size", 1, 1),
            ("size", 128.0, 128),
            ("rate", 1, 1.0),
            ("mode", "b", "b"),
            ("title", "x", "x"),
            ("on", False, False),
        ],
    )
    def test_takes_the_type_of_the_setting(self, name, value, expected):
        checked = setting(name).check(value)
        assert checked == expected
        assert type(checked) is type(expected)

    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("size", 0, "Size must be between 1 and 128; got 0."),
            ("size", 128.5, "Size must be a whole number; got 128.5."),
            ("size", 1_000_000, "Size must be between 1 and 128; got 1,000,000."),
            ("size", "2", "Size must be a number; got '2'."),
            ("size", True, "Size must be a number; got True."),
            ("size", None, "Size must be a number; got None."),
            ("size", 10**400, f"Size must be a number; got {10**400}."),
            ("rate", float("nan"), "Rate must be a number; got nan."),
            ("rate", float("-inf"), "Rate must be a number; got -inf."),
            ("rate", 2.5, "Rate must be between 1e-06 and 1; got 2.5."),
            ("seed", -1, "Seed must be between 0 and 2,147,483,647; got -1."),
            ("above", 0.25, "Above must be at least 0.5; got 0.25."),
            ("below", 1e300, "Below must be at most 10; got 1e+300."),
            ("mode", "c", "Mode must be one of a, b; got 'c'."),
            ("mode", 1, "Mode must be text; got 1."),
            ("on", 1, "Lamp must be on or off; got 1."),
            ("on", "on", "Lamp must be on or off; got 'on'."),
        ],
    )
    def test_refuses_in_a_sentence(self, name, value, expected):
        assert sentence(setting(name).check, value) == expected

    @settings(deadline=None)
    @given(st.integers() | st.floats())
    def test_a_number_is_in_range_or_refused(self, value):
        try:
            checked = setting("size").check(value)
        except OptionError:
            return
        assert 1 <= checked <= 128
        assert checked == value


class TestParse:
    @pytest.mark.parametrize(
        "name, word, expected",
        [
            ("size", " 64 ", 64),
            ("rate", "1e-3", 0.001),
            ("mode", "b", "b"),
            ("on", "Off", False),
            ("on", "no", False),
            ("on", "0", False),
            ("on", "TRUE", True),
            ("on", "yes", True),
            ("on", "1", True),
        ],
    )
    def test_reads_a_word(self, name, word, expected):
        parsed = setting(name).parse(word)
        assert parsed == expected
        assert type(parsed) is type(expected)

    @pytest.mark.parametrize(
        "name, word, expected",
        [
            ("size", "many", "Size must be a number; got 'many'."),
            ("size", "", "Size must be a number; got ''."),
            ("size", "1.5", "Size must be a whole number; got 1.5."),
            ("size", "nan", "Size must be a number; got nan."),
            ("size", "999", "Size must be between 1 and 128; got 999."),
            ("mode", "z", "Mode must be one of a, b; got 'z'."),
            ("on", "maybe", "Lamp must be on or off; got 'maybe'."),
        ],
    )
    def test_refuses_in_a_sentence(self, name, word, expected):
        assert sentence(setting(name).parse, word) == expected

    @settings(deadline=None)
    @given(st.text())
    def test_any_word_is_a_value_or_refused(self, word):
        for each in describe(Config):
            try:
                value = each.parse(word)
            except OptionError:
                continue
            assert each.check(value) == value


class TestBuild:
    def test_what_is_missing_takes_its_default(self):
        assert build(Config, {"size": 3, "on": False}) == Config(size=3, on=False)
        assert build(Config, {}) == Config()

    def test_comes_back_through_json(self):
        config = Config(size=3, rate=0.1, mode="b", title="é", on=False)
        assert build(Config, json.loads(json.dumps(as_values(config)))) == config
        assert "inner" not in as_values(config)

    def test_refuses_in_a_sentence(self):
        assert sentence(build, Config, {"size": 0}) == "Size must be between 1 and 128; got 0."
        known = "size, rate, seed, above, below, mode, title, on"
        assert sentence(build, Config, {"sise": 1, "z": 2}) == f"'sise' is not a setting here; there are {known}."
        assert "'inner' is not a setting here" in sentence(build, Config, {"inner": 1})
