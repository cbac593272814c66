"""Whether what is declared fits a pool of nodes, what runs out first, and which pool to buy."""
