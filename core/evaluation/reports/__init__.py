"""What an evaluation found, for people and for other programs: text, one HTML file, lm-evaluation-harness's files."""
