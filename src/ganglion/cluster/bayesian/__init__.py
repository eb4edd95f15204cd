"""The posterior over all partitions: priors, components, samplers, and what one partition can say for all of them."""
