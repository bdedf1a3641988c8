"""A set of ours that asks for general ability, so that a person sees what tuning cost."""
