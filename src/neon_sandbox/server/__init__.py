"""Ways into the stand-in. Each door is imported by itself, with what it needs."""
