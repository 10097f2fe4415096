"""The fonts of the site: their files, their metrics, and the subsets that pages need."""
