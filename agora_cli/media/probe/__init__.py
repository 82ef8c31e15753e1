"""A known signal: sound whose place is found by correlation, pictures that say their own number and time."""
