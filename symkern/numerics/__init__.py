"""The jax.numpy primitives that generated code may call."""

from symkern.numerics.arguments import activation_inputs as activation_inputs
from symkern.numerics.arguments import constant as constant
from symkern.numerics.arguments import double_inputs as double_inputs
from symkern.numerics.arguments import double_variance as double_variance
from symkern.numerics.arguments import plain_inputs as plain_inputs
from symkern.numerics.arguments import plain_variance as plain_variance
from symkern.numerics.constants import ln2 as ln2
from symkern.numerics.constants import pi as pi
from symkern.numerics.double_word import DoubleWord as DoubleWord
from symkern.numerics.double_word import double_word as double_word
from symkern.numerics.functions import atan as atan
from symkern.numerics.functions import atan2 as atan2
from symkern.numerics.functions import by_size as by_size
from symkern.numerics.functions import cos as cos
from symkern.numerics.functions import exp as exp
from symkern.numerics.functions import exp_cosh as exp_cosh
from symkern.numerics.functions import exp_coshm1 as exp_coshm1
from symkern.numerics.functions import exp_sinh as exp_sinh
from symkern.numerics.functions import expm1 as expm1
from symkern.numerics.functions import log as log
from symkern.numerics.functions import sin as sin
from symkern.numerics.functions import sqrt as sqrt
from symkern.numerics.inputs import admissible as admissible
from symkern.numerics.inputs import double_words as double_words
from symkern.numerics.inputs import gap as gap
from symkern.numerics.inputs import promote as promote
