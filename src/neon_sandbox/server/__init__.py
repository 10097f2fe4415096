"""Ways into the sandbox. Each door is imported by itself, with what it needs."""
