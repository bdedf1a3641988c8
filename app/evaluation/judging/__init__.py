"""Judging a finished evaluation by a language model, and the ratings of a person that it is held against."""
