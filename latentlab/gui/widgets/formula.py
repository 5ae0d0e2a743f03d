"""A formula that a line may be broken in only between its terms."""

from __future__ import annotations

_SPACE, _JOINER = "\N{NO-BREAK SPACE}", "\N{WORD JOINER}"
_BARS = "|‖"
# Qt breaks a line after these, also within a bracket.
_TEARS = "|‖−-/"


def unbroken(formula: str) -> str:
    """``formula`` with joiners in all places but those where it may be broken.

    These are the spaces before a term that is added to another and after a comma, both outside of brackets and bars.
    """
    pieces: list[str] = []
    depth, within_bars = 0, False
    for before, character, after in zip(f" {formula}", formula, f"{formula[1:]} ", strict=False):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character in _BARS and depth == 0:
            within_bars = not within_bars
        if character == " ":
            ends_term = before == "," or (after in "+(" and not before.isalpha())
            pieces.append(" " if ends_term and depth == 0 and not within_bars else _SPACE)
        else:
            pieces.append(character + _JOINER if character in _TEARS and after != " " else character)
    return "".join(pieces)
