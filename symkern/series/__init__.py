"""Approximations with a bound, for activations without a closed form."""
