"""Irrational constants as exact rationals of 70 digits: `2 * pi` is exact until it meets a double word, and then has its two words."""

from fractions import Fraction

pi = Fraction("3.1415926535897932384626433832795028841971693993751058209749445923078164")
ln2 = Fraction("0.69314718055994530941723212145817656807550013436025525412068000949339362")
