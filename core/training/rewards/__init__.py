"""What GRPO rewards in an answer: rules, and a judge; shown on a dataset's own answers before a run starts."""
