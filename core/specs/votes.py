"""What a person says of two answers whose models are hidden."""

from enum import StrEnum


class Preferred(StrEnum):
    """The verdict on two answers to one question, as they stood on the page."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_BAD = "both_bad"
