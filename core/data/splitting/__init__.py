"""Train, validation and test splits: grouped, stratified, and the same in any order of the file."""
