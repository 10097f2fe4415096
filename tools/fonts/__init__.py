"""The fonts of the site: their files, their measures, and the part of them that pages need."""
