# %% [markdown]
# # A derivation, step by step
#
# What `symkern.derive` does with the sine: each step is an object with a name, words and a formula.  In a notebook the objects show
# themselves as formulas; as a script this prints them.

# %%
import math

import jax

import symkern

jax.config.update("jax_enable_x64", True)
d = symkern.derive("a*sin(b*x + c)", name="sine", parameters={"a": 1.0, "b": 1.0, "c": 0.0})
for step in d.steps:
    print(step)

# %% [markdown]
# ## The kernels
#
# In SymPy, in the symbols of `symkern.symbols`; `d_nngp` is `E[f'(X) f'(Y)]`, which by Price's theorem (1958) is the derivative of
# `nngp` by `cov12`.

# %%
import sympy  # noqa: E402

from symkern.symbols import cov12  # noqa: E402

print("nngp    ", d.nngp)
print("d_nngp  ", d.d_nngp)
print("variance", d.variance)
print("difference from the derivative:", sympy.simplify(d.d_nngp - sympy.diff(d.nngp, cov12)))

# %% [markdown]
# ## The code
#
# `source()` is the module's text; `compile()` the module itself.  At a variance of 1e-8 and a correlation of 1e-6 the formula as it
# stands is a difference of two nearly equal exponentials; the generated code has all its digits.

# %%
module = d.compile()
print(d.source()[:400], "…")
cov, var = 1e-14, 1e-8
print("generated:", float(module.nngp_fn(cov, var, var)))
print("as typed: ", (math.exp(cov - var) - math.exp(-cov - var)) / 2)

# %% [markdown]
# ## The check
#
# Against quadrature in 30 digits and more that shares no code with the derivation.

# %%
report = symkern.verify(module, number=40)
for row in report.rows:
    print(f"{row.function:10} {row.dtype}  {row.ulp:.2f} ulp at {row.point}")
