"""Whether an evaluation satisfies what a person demands of it, for a build that stops where it does not."""
