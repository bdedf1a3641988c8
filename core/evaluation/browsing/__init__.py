"""The answers behind an evaluation's scores, of which a page needs a few at a time, however many there are."""
