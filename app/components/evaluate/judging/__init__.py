"""The parts of the Evaluate page about judges: the rubric editor, rating by hand, what a judge says."""
