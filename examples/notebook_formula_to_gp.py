# %% [markdown]
# # From a formula to a Gaussian process
#
# An activation that no library has, as the covariance of a Gaussian process, in ten lines; its parameter is found by the gradient
# of the marginal likelihood.

# %%
import jax
import jax.numpy as jnp

import symkern
from symkern.gp import covariance

wave = symkern.derive("x*sin(w*x)*exp(-x**2/8)", name="wave", parameters={"w": 1.0}).compile()
x = jnp.linspace(-3, 3, 40)[:, None]
y = jnp.sin(3 * x[:, 0]) * jnp.exp(-(x[:, 0] ** 2) / 4)


def gram(w, a, b):
    """Between all pairs."""
    kernel = jax.vmap(
        lambda s: jax.vmap(lambda t: covariance(wave, s, t, w_std=1.5, b_std=0.5, parameters={"w": w}))(b)
    )
    return kernel(a)


def evidence(w):
    """Logarithm of the marginal likelihood with noise of variance 0.01."""
    return jax.scipy.stats.multivariate_normal.logpdf(y, jnp.zeros(len(y)), gram(w, x, x) + 0.01 * jnp.eye(len(y)))


# %%
w, climb = jnp.float32(1.0), jax.jit(jax.value_and_grad(evidence))
for step in range(21):
    value, slope = climb(w)
    if step % 5 == 0:
        print(f"w = {w:.3f}: log marginal likelihood {value:.2f}, slope {slope:.2f}")
    w = w + 0.02 * jnp.clip(slope, -5, 5)

# %% [markdown]
# Prediction between the points:

# %%
new = jnp.linspace(-2.9, 2.9, 7)[:, None]
mean = gram(w, new, x) @ jnp.linalg.solve(gram(w, x, x) + 0.01 * jnp.eye(len(y)), y)
for t, m in zip(new[:, 0], mean, strict=True):
    print(f"f({t:5.2f}) = {m:6.3f}, in truth {jnp.sin(3 * t) * jnp.exp(-(t**2) / 4):6.3f}")
