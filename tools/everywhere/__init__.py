"""The proof under conditions that machines differ in: `make everywhere`."""
