"""The room of domains: which there are, what stands for them in the DNS, which one is the default."""
