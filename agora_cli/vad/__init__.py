"""Voice activity: probability engines, features, the offline and the live run, exports, scores, the report."""
