"""A language model as a judge of answers: what it is asked, how its replies are read, and when its verdict counts."""
