"""Each figure's program: it measures an instance beside what it is compared to, in the same run, and prints ratios."""
