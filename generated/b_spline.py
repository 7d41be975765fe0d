"""b_spline: f(x) = Piecewise((0, Abs(x) >= 2), ((2 - Abs(x))**3/6, Abs(x) >= 1), (x**2*Abs(x)/2 - x**2 + 2/3,
    True)).

(X, Y) is centred Gaussian with covariance [[var1, cov12], [cov12, var2]].

    nngp      E[f(X) f(Y)]    =
        3*sqrt(2)*cov12*sqrt(var1)*var2*exp(-2/var1)*Phi(-2*cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*cov12*sqrt(var1)*var2*exp(-2/var1)*Phi(2*cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*cov12*sqrt(var1)*var2*exp(-1/(2*var1))*Phi(-cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) +
        3*sqrt(2)*cov12*sqrt(var1)*var2*exp(-1/(2*var1))*Phi(cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) +
        3*sqrt(2)*cov12*var1*sqrt(var2)*exp(-2/var2)*Phi(-2*cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*cov12*var1*sqrt(var2)*exp(-2/var2)*Phi(2*cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*cov12*var1*sqrt(var2)*exp(-1/(2*var2))*Phi(-cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) +
        3*sqrt(2)*cov12*var1*sqrt(var2)*exp(-1/(2*var2))*Phi(cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) + 3*cov12*(2*cov12**2 + 3*var1*var2)*atan2(sqrt(-cov12**2 + var1*var2),
        -cov12)/(2*pi) - 2*cov12*(2*cov12**2 + 3*var1*var2 + 3*var1)*Phi2(0, -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) - 2*cov12*(2*cov12**2 + 3*var1*var2 + 3*var1)*Phi2(0, 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) + cov12*(2*cov12**2 + 3*var1*var2 + 12*var1)*Phi2(0, -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/2 + cov12*(2*cov12**2 + 3*var1*var2 + 12*var1)*Phi2(0, 2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/2 - 2*cov12*(2*cov12**2 + 3*var1*var2 + 3*var2)*Phi2(-1/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2))) - 2*cov12*(2*cov12**2 + 3*var1*var2 + 3*var2)*Phi2(1/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2))) + cov12*(2*cov12**2 + 3*var1*var2 + 12*var2)*Phi2(-2/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2)))/2 + cov12*(2*cov12**2 + 3*var1*var2 + 12*var2)*Phi2(2/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2)))/2 + 2*sqrt(2)*sqrt(var1)*(9*cov12**2 + 3*var1*var2 +
        var1)*Phi(-sqrt(var1)/sqrt(-cov12**2 + var1*var2))/(3*sqrt(pi)) - 2*sqrt(2)*sqrt(var1)*(9*cov12**2 +
        3*var1*var2 + var1)*Phi(sqrt(var1)/sqrt(-cov12**2 + var1*var2))/(3*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(9*cov12**2 + 3*var1*var2 + 4*var1)*Phi(-2*sqrt(var1)/sqrt(-cov12**2 +
        var1*var2))/(3*sqrt(pi)) + sqrt(2)*sqrt(var1)*(9*cov12**2 + 3*var1*var2 +
        4*var1)*Phi(2*sqrt(var1)/sqrt(-cov12**2 + var1*var2))/(3*sqrt(pi)) +
        2*sqrt(2)*sqrt(var1)*(-18*cov12**2 + 9*cov12*var2 + 9*cov12 - 6*var1*var2 - 2*var1 - 3*var2 -
        1)*exp(-1/(2*var1))*Phi(-(cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(-18*cov12**2 + 9*cov12*var2 + 36*cov12 - 6*var1*var2 - 8*var1 - 12*var2 -
        16)*exp(-2/var1)*Phi(-2*(cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(36*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(-9*cov12**2 + 9*cov12*var2 + 9*cov12 - 3*var1*var2 - var1 - 6*var2 -
        2)*exp(-2/var1)*Phi((2*cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(9*cov12**2 - 9*cov12*var2 - 9*cov12 + 3*var1*var2 + var1 + 6*var2 +
        2)*exp(-2/var1)*Phi(-(2*cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(9*cov12**2 + 9*cov12*var2 + 9*cov12 + 3*var1*var2 + var1 + 6*var2 +
        2)*exp(-2/var1)*Phi((-2*cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(9*cov12**2 + 9*cov12*var2 + 9*cov12 + 3*var1*var2 + var1 + 6*var2 +
        2)*exp(-2/var1)*Phi((2*cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(18*cov12**2 - 9*cov12*var2 - 36*cov12 + 6*var1*var2 + 8*var1 + 12*var2 +
        16)*exp(-2/var1)*Phi(2*(cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(36*sqrt(pi)) +
        2*sqrt(2)*sqrt(var1)*(18*cov12**2 - 9*cov12*var2 - 9*cov12 + 6*var1*var2 + 2*var1 + 3*var2 +
        1)*exp(-1/(2*var1))*Phi((cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        2*sqrt(2)*sqrt(var1)*(18*cov12**2 + 9*cov12*var2 + 9*cov12 + 6*var1*var2 + 2*var1 + 3*var2 +
        1)*exp(-1/(2*var1))*Phi((-cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) -
        2*sqrt(2)*sqrt(var1)*(18*cov12**2 + 9*cov12*var2 + 9*cov12 + 6*var1*var2 + 2*var1 + 3*var2 +
        1)*exp(-1/(2*var1))*Phi((cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(9*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(18*cov12**2 + 9*cov12*var2 + 36*cov12 + 6*var1*var2 + 8*var1 + 12*var2 +
        16)*exp(-2/var1)*Phi(-2*(cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(36*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(18*cov12**2 + 9*cov12*var2 + 36*cov12 + 6*var1*var2 + 8*var1 + 12*var2 +
        16)*exp(-2/var1)*Phi(2*(cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(36*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(36*cov12**2 - 9*cov12*var2 - 36*cov12 + 12*var1*var2 + 16*var1 + 6*var2 +
        8)*exp(-1/(2*var1))*Phi(-(cov12 + 2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(18*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(36*cov12**2 - 9*cov12*var2 - 36*cov12 + 12*var1*var2 + 16*var1 + 6*var2 +
        8)*exp(-1/(2*var1))*Phi((cov12 + 2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(18*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(36*cov12**2 + 9*cov12*var2 + 36*cov12 + 12*var1*var2 + 16*var1 + 6*var2 +
        8)*exp(-1/(2*var1))*Phi((-cov12 + 2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(18*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(36*cov12**2 + 9*cov12*var2 + 36*cov12 + 12*var1*var2 + 16*var1 + 6*var2 +
        8)*exp(-1/(2*var1))*Phi((cov12 - 2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(18*sqrt(pi)) +
        2*sqrt(2)*sqrt(var2)*(9*cov12**2 + 3*var1*var2 + var2)*Phi(-sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/(3*sqrt(pi)) - 2*sqrt(2)*sqrt(var2)*(9*cov12**2 + 3*var1*var2 +
        var2)*Phi(sqrt(var2)/sqrt(-cov12**2 + var1*var2))/(3*sqrt(pi)) - sqrt(2)*sqrt(var2)*(9*cov12**2 +
        3*var1*var2 + 4*var2)*Phi(-2*sqrt(var2)/sqrt(-cov12**2 + var1*var2))/(3*sqrt(pi)) +
        sqrt(2)*sqrt(var2)*(9*cov12**2 + 3*var1*var2 + 4*var2)*Phi(2*sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/(3*sqrt(pi)) + 2*sqrt(2)*sqrt(var2)*(-18*cov12**2 + 9*cov12*var1 + 9*cov12 - 6*var1*var2 -
        3*var1 - 2*var2 - 1)*exp(-1/(2*var2))*Phi(-(cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + sqrt(2)*sqrt(var2)*(-18*cov12**2 + 9*cov12*var1 + 36*cov12 - 6*var1*var2 -
        12*var1 - 8*var2 - 16)*exp(-2/var2)*Phi(-2*(cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(36*sqrt(pi)) + sqrt(2)*sqrt(var2)*(-9*cov12**2 + 9*cov12*var1 + 9*cov12 - 3*var1*var2 -
        6*var1 - var2 - 2)*exp(-2/var2)*Phi((2*cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + sqrt(2)*sqrt(var2)*(9*cov12**2 - 9*cov12*var1 - 9*cov12 + 3*var1*var2 +
        6*var1 + var2 + 2)*exp(-2/var2)*Phi(-(2*cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) - sqrt(2)*sqrt(var2)*(9*cov12**2 + 9*cov12*var1 + 9*cov12 + 3*var1*var2 +
        6*var1 + var2 + 2)*exp(-2/var2)*Phi((-2*cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + sqrt(2)*sqrt(var2)*(9*cov12**2 + 9*cov12*var1 + 9*cov12 + 3*var1*var2 +
        6*var1 + var2 + 2)*exp(-2/var2)*Phi((2*cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + sqrt(2)*sqrt(var2)*(18*cov12**2 - 9*cov12*var1 - 36*cov12 + 6*var1*var2 +
        12*var1 + 8*var2 + 16)*exp(-2/var2)*Phi(2*(cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(36*sqrt(pi)) + 2*sqrt(2)*sqrt(var2)*(18*cov12**2 - 9*cov12*var1 - 9*cov12 + 6*var1*var2
        + 3*var1 + 2*var2 + 1)*exp(-1/(2*var2))*Phi((cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + 2*sqrt(2)*sqrt(var2)*(18*cov12**2 + 9*cov12*var1 + 9*cov12 + 6*var1*var2 +
        3*var1 + 2*var2 + 1)*exp(-1/(2*var2))*Phi((-cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) - 2*sqrt(2)*sqrt(var2)*(18*cov12**2 + 9*cov12*var1 + 9*cov12 + 6*var1*var2 +
        3*var1 + 2*var2 + 1)*exp(-1/(2*var2))*Phi((cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(9*sqrt(pi)) + sqrt(2)*sqrt(var2)*(18*cov12**2 + 9*cov12*var1 + 36*cov12 + 6*var1*var2 +
        12*var1 + 8*var2 + 16)*exp(-2/var2)*Phi(-2*(cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(36*sqrt(pi)) - sqrt(2)*sqrt(var2)*(18*cov12**2 + 9*cov12*var1 + 36*cov12 + 6*var1*var2 +
        12*var1 + 8*var2 + 16)*exp(-2/var2)*Phi(2*(cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(36*sqrt(pi)) + sqrt(2)*sqrt(var2)*(36*cov12**2 - 9*cov12*var1 - 36*cov12 + 12*var1*var2
        + 6*var1 + 16*var2 + 8)*exp(-1/(2*var2))*Phi(-(cov12 + 2*var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(18*sqrt(pi)) - sqrt(2)*sqrt(var2)*(36*cov12**2 - 9*cov12*var1 - 36*cov12 + 12*var1*var2
        + 6*var1 + 16*var2 + 8)*exp(-1/(2*var2))*Phi((cov12 + 2*var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(18*sqrt(pi)) - sqrt(2)*sqrt(var2)*(36*cov12**2 + 9*cov12*var1 + 36*cov12 + 12*var1*var2
        + 6*var1 + 16*var2 + 8)*exp(-1/(2*var2))*Phi((-cov12 + 2*var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(18*sqrt(pi)) + sqrt(2)*sqrt(var2)*(36*cov12**2 + 9*cov12*var1 + 36*cov12 + 12*var1*var2
        + 6*var1 + 16*var2 + 8)*exp(-1/(2*var2))*Phi((cov12 - 2*var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(18*sqrt(pi)) + sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 4*var1*var2)/(2*pi) -
        2*sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 4*var1*var2 + 2*var1)*Density2(0, -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(3*pi) + sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 4*var1*var2 +
        8*var1)*Density2(0, -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/(6*pi) - 2*sqrt(-cov12**2 +
        var1*var2)*(11*cov12**2 + 4*var1*var2 + 2*var2)*Density2(-1/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2)))/(3*pi) + sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 4*var1*var2 +
        8*var2)*Density2(-2/sqrt(var1), 0, cov12/(sqrt(var1)*sqrt(var2)))/(6*pi) + sqrt(-cov12**2 +
        var1*var2)*(11*cov12**2 - 32*cov12 + 4*var1*var2 + 8*var1 + 8*var2 + 16)*Density2(-2/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/(36*pi) - sqrt(-cov12**2 + var1*var2)*(11*cov12**2 -
        16*cov12 + 4*var1*var2 + 2*var1 + 8*var2 + 4)*Density2(-2/sqrt(var1), 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) - sqrt(-cov12**2 + var1*var2)*(11*cov12**2 - 16*cov12 +
        4*var1*var2 + 8*var1 + 2*var2 + 4)*Density2(-1/sqrt(var1), 2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) + 4*sqrt(-cov12**2 + var1*var2)*(11*cov12**2 - 8*cov12 +
        4*var1*var2 + 2*var1 + 2*var2 + 1)*Density2(-1/sqrt(var1), 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) + 4*sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 8*cov12 +
        4*var1*var2 + 2*var1 + 2*var2 + 1)*Density2(-1/sqrt(var1), -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) - sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 16*cov12 +
        4*var1*var2 + 2*var1 + 8*var2 + 4)*Density2(-2/sqrt(var1), -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) - sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 16*cov12 +
        4*var1*var2 + 8*var1 + 2*var2 + 4)*Density2(-1/sqrt(var1), -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(9*pi) + sqrt(-cov12**2 + var1*var2)*(11*cov12**2 + 32*cov12 +
        4*var1*var2 + 8*var1 + 8*var2 + 16)*Density2(-2/sqrt(var1), -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(36*pi) + (-6*cov12**3 + 36*cov12**2 - 9*cov12*var1*var2 -
        36*cov12*var1 - 9*cov12*var2 - 36*cov12 + 18*var1*var2 + 24*var1 + 6*var2 + 8)*Phi2(-1/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + (-6*cov12**3 + 36*cov12**2 - 9*cov12*var1*var2 -
        36*cov12*var1 - 9*cov12*var2 - 36*cov12 + 18*var1*var2 + 24*var1 + 6*var2 + 8)*Phi2(1/sqrt(var1),
        -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + (-6*cov12**3 + 36*cov12**2 - 9*cov12*var1*var2 -
        9*cov12*var1 - 36*cov12*var2 - 36*cov12 + 18*var1*var2 + 6*var1 + 24*var2 + 8)*Phi2(-2/sqrt(var1),
        1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + (-6*cov12**3 + 36*cov12**2 - 9*cov12*var1*var2 -
        9*cov12*var1 - 36*cov12*var2 - 36*cov12 + 18*var1*var2 + 6*var1 + 24*var2 + 8)*Phi2(2/sqrt(var1),
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + (6*cov12**3 - 72*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 36*cov12*var2 + 144*cov12 - 36*var1*var2 - 48*var1 - 48*var2 - 64)*Phi2(-2/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/36 + (6*cov12**3 - 72*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 36*cov12*var2 + 144*cov12 - 36*var1*var2 - 48*var1 - 48*var2 - 64)*Phi2(2/sqrt(var1),
        -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/36 + 4*(6*cov12**3 - 18*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 9*cov12*var2 + 9*cov12 - 9*var1*var2 - 3*var1 - 3*var2 - 1)*Phi2(-1/sqrt(var1),
        1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + 4*(6*cov12**3 - 18*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 9*cov12*var2 + 9*cov12 - 9*var1*var2 - 3*var1 - 3*var2 - 1)*Phi2(1/sqrt(var1),
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + 4*(6*cov12**3 + 18*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 9*cov12*var2 + 9*cov12 + 9*var1*var2 + 3*var1 + 3*var2 + 1)*Phi2(-1/sqrt(var1),
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + 4*(6*cov12**3 + 18*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 9*cov12*var2 + 9*cov12 + 9*var1*var2 + 3*var1 + 3*var2 + 1)*Phi2(1/sqrt(var1),
        1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 - (6*cov12**3 + 36*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 36*cov12*var2 + 36*cov12 + 18*var1*var2 + 6*var1 + 24*var2 + 8)*Phi2(-2/sqrt(var1),
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 - (6*cov12**3 + 36*cov12**2 + 9*cov12*var1*var2 +
        9*cov12*var1 + 36*cov12*var2 + 36*cov12 + 18*var1*var2 + 6*var1 + 24*var2 + 8)*Phi2(2/sqrt(var1),
        1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 - (6*cov12**3 + 36*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 9*cov12*var2 + 36*cov12 + 18*var1*var2 + 24*var1 + 6*var2 + 8)*Phi2(-1/sqrt(var1),
        -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 - (6*cov12**3 + 36*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 9*cov12*var2 + 36*cov12 + 18*var1*var2 + 24*var1 + 6*var2 + 8)*Phi2(1/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/9 + (6*cov12**3 + 72*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 36*cov12*var2 + 144*cov12 + 36*var1*var2 + 48*var1 + 48*var2 + 64)*Phi2(-2/sqrt(var1),
        -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/36 + (6*cov12**3 + 72*cov12**2 + 9*cov12*var1*var2 +
        36*cov12*var1 + 36*cov12*var2 + 144*cov12 + 36*var1*var2 + 48*var1 + 48*var2 + 64)*Phi2(2/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/36
    d_nngp    E[f'(X) f'(Y)]  = -6*sqrt(2)*cov12*sqrt(var1)*Phi(-2*sqrt(var1)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) + 12*sqrt(2)*cov12*sqrt(var1)*Phi(-sqrt(var1)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) - 12*sqrt(2)*cov12*sqrt(var1)*Phi(sqrt(var1)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) + 6*sqrt(2)*cov12*sqrt(var1)*Phi(2*sqrt(var1)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) - 6*sqrt(2)*cov12*sqrt(var2)*Phi(-2*sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) + 12*sqrt(2)*cov12*sqrt(var2)*Phi(-sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) - 12*sqrt(2)*cov12*sqrt(var2)*Phi(sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) + 6*sqrt(2)*cov12*sqrt(var2)*Phi(2*sqrt(var2)/sqrt(-cov12**2 +
        var1*var2))/sqrt(pi) + 9*cov12*sqrt(-cov12**2 + var1*var2)*Density2(0, -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(2*pi) - 18*cov12*sqrt(-cov12**2 + var1*var2)*Density2(0,
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/pi + 9*cov12*sqrt(-cov12**2 +
        var1*var2)*Density2(-2/sqrt(var1), 0, cov12/(sqrt(var1)*sqrt(var2)))/(2*pi) - 18*cov12*sqrt(-cov12**2
        + var1*var2)*Density2(-1/sqrt(var1), 0, cov12/(sqrt(var1)*sqrt(var2)))/pi + 27*cov12*sqrt(-cov12**2 +
        var1*var2)/(2*pi) + 3*sqrt(2)*sqrt(var1)*var2*exp(-2/var1)*Phi(-2*cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*sqrt(var1)*var2*exp(-2/var1)*Phi(2*cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*sqrt(var1)*var2*exp(-1/(2*var1))*Phi(-cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) +
        3*sqrt(2)*sqrt(var1)*var2*exp(-1/(2*var1))*Phi(cov12/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var1)*(-8*cov12 + var2 + 4)*exp(-1/(2*var1))*Phi((cov12 +
        2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) + sqrt(2)*sqrt(var1)*(-4*cov12 + var2 +
        4)*exp(-2/var1)*Phi(-2*(cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(-2*cov12 + var2 + 1)*exp(-2/var1)*Phi((2*cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2
        + var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var1)*(2*cov12 - var2 - 1)*exp(-2/var1)*Phi(-(2*cov12 +
        var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) - sqrt(2)*sqrt(var1)*(2*cov12 + var2 +
        1)*exp(-2/var1)*Phi((-2*cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) +
        sqrt(2)*sqrt(var1)*(2*cov12 + var2 + 1)*exp(-2/var1)*Phi((2*cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var1)*(4*cov12 - var2 - 4)*exp(-2/var1)*Phi(2*(cov12 +
        var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) - 2*sqrt(2)*sqrt(var1)*(4*cov12 - var2 -
        1)*exp(-1/(2*var1))*Phi(-(cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) +
        2*sqrt(2)*sqrt(var1)*(4*cov12 - var2 - 1)*exp(-1/(2*var1))*Phi((cov12 +
        var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) + 2*sqrt(2)*sqrt(var1)*(4*cov12 + var2 +
        1)*exp(-1/(2*var1))*Phi((-cov12 + var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) -
        2*sqrt(2)*sqrt(var1)*(4*cov12 + var2 + 1)*exp(-1/(2*var1))*Phi((cov12 -
        var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var1)*(4*cov12 + var2 +
        4)*exp(-2/var1)*Phi(-2*(cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) -
        sqrt(2)*sqrt(var1)*(4*cov12 + var2 + 4)*exp(-2/var1)*Phi(2*(cov12 - var1)/(sqrt(var1)*sqrt(-cov12**2 +
        var1*var2)))/(4*sqrt(pi)) + sqrt(2)*sqrt(var1)*(8*cov12 - var2 - 4)*exp(-1/(2*var1))*Phi(-(cov12 +
        2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) - sqrt(2)*sqrt(var1)*(8*cov12 + var2 +
        4)*exp(-1/(2*var1))*Phi((-cov12 + 2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) +
        sqrt(2)*sqrt(var1)*(8*cov12 + var2 + 4)*exp(-1/(2*var1))*Phi((cov12 -
        2*var1)/(sqrt(var1)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) +
        3*sqrt(2)*var1*sqrt(var2)*exp(-2/var2)*Phi(-2*cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*var1*sqrt(var2)*exp(-2/var2)*Phi(2*cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(2*sqrt(pi)) -
        3*sqrt(2)*var1*sqrt(var2)*exp(-1/(2*var2))*Phi(-cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) +
        3*sqrt(2)*var1*sqrt(var2)*exp(-1/(2*var2))*Phi(cov12/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var2)*(-8*cov12 + var1 + 4)*exp(-1/(2*var2))*Phi((cov12 +
        2*var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) + sqrt(2)*sqrt(var2)*(-4*cov12 + var1 +
        4)*exp(-2/var2)*Phi(-2*(cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) +
        sqrt(2)*sqrt(var2)*(-2*cov12 + var1 + 1)*exp(-2/var2)*Phi((2*cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2
        + var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var2)*(2*cov12 - var1 - 1)*exp(-2/var2)*Phi(-(2*cov12 +
        var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) - sqrt(2)*sqrt(var2)*(2*cov12 + var1 +
        1)*exp(-2/var2)*Phi((-2*cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) +
        sqrt(2)*sqrt(var2)*(2*cov12 + var1 + 1)*exp(-2/var2)*Phi((2*cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var2)*(4*cov12 - var1 - 4)*exp(-2/var2)*Phi(2*(cov12 +
        var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) - 2*sqrt(2)*sqrt(var2)*(4*cov12 - var1 -
        1)*exp(-1/(2*var2))*Phi(-(cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) +
        2*sqrt(2)*sqrt(var2)*(4*cov12 - var1 - 1)*exp(-1/(2*var2))*Phi((cov12 +
        var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) + 2*sqrt(2)*sqrt(var2)*(4*cov12 + var1 +
        1)*exp(-1/(2*var2))*Phi((-cov12 + var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) -
        2*sqrt(2)*sqrt(var2)*(4*cov12 + var1 + 1)*exp(-1/(2*var2))*Phi((cov12 -
        var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/sqrt(pi) + sqrt(2)*sqrt(var2)*(4*cov12 + var1 +
        4)*exp(-2/var2)*Phi(-2*(cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(4*sqrt(pi)) -
        sqrt(2)*sqrt(var2)*(4*cov12 + var1 + 4)*exp(-2/var2)*Phi(2*(cov12 - var2)/(sqrt(var2)*sqrt(-cov12**2 +
        var1*var2)))/(4*sqrt(pi)) + sqrt(2)*sqrt(var2)*(8*cov12 - var1 - 4)*exp(-1/(2*var2))*Phi(-(cov12 +
        2*var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) - sqrt(2)*sqrt(var2)*(8*cov12 + var1 +
        4)*exp(-1/(2*var2))*Phi((-cov12 + 2*var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) +
        sqrt(2)*sqrt(var2)*(8*cov12 + var1 + 4)*exp(-1/(2*var2))*Phi((cov12 -
        2*var2)/(sqrt(var2)*sqrt(-cov12**2 + var1*var2)))/(2*sqrt(pi)) + (2 - 3*cov12)*sqrt(-cov12**2 +
        var1*var2)*Density2(-2/sqrt(var1), 1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/pi + (2 -
        3*cov12)*sqrt(-cov12**2 + var1*var2)*Density2(-1/sqrt(var1), 2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/pi + (3*cov12 - 4)*sqrt(-cov12**2 + var1*var2)*Density2(-2/sqrt(var1),
        2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/(4*pi) + 4*(3*cov12 - 1)*sqrt(-cov12**2 +
        var1*var2)*Density2(-1/sqrt(var1), 1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/pi + 4*(3*cov12 +
        1)*sqrt(-cov12**2 + var1*var2)*Density2(-1/sqrt(var1), -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/pi - (3*cov12 + 2)*sqrt(-cov12**2 + var1*var2)*Density2(-2/sqrt(var1),
        -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/pi - (3*cov12 + 2)*sqrt(-cov12**2 +
        var1*var2)*Density2(-1/sqrt(var1), -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/pi + (3*cov12 +
        4)*sqrt(-cov12**2 + var1*var2)*Density2(-2/sqrt(var1), -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/(4*pi) + 9*(2*cov12**2 + var1*var2)*atan2(sqrt(-cov12**2 + var1*var2),
        -cov12)/(2*pi) - 6*(2*cov12**2 + var1*var2 + var1)*Phi2(0, -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) - 6*(2*cov12**2 + var1*var2 + var1)*Phi2(0, 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) + 3*(2*cov12**2 + var1*var2 + 4*var1)*Phi2(0, -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/2 + 3*(2*cov12**2 + var1*var2 + 4*var1)*Phi2(0, 2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/2 - 6*(2*cov12**2 + var1*var2 + var2)*Phi2(-1/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2))) - 6*(2*cov12**2 + var1*var2 + var2)*Phi2(1/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2))) + 3*(2*cov12**2 + var1*var2 + 4*var2)*Phi2(-2/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2)))/2 + 3*(2*cov12**2 + var1*var2 + 4*var2)*Phi2(2/sqrt(var1), 0,
        cov12/(sqrt(var1)*sqrt(var2)))/2 + (-2*cov12**2 + 8*cov12 - var1*var2 - 4*var1 - var2 -
        4)*Phi2(-1/sqrt(var1), 2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) + (-2*cov12**2 + 8*cov12 -
        var1*var2 - 4*var1 - var2 - 4)*Phi2(1/sqrt(var1), -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) +
        (-2*cov12**2 + 8*cov12 - var1*var2 - var1 - 4*var2 - 4)*Phi2(-2/sqrt(var1), 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) + (-2*cov12**2 + 8*cov12 - var1*var2 - var1 - 4*var2 -
        4)*Phi2(2/sqrt(var1), -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) + (2*cov12**2 - 16*cov12 +
        var1*var2 + 4*var1 + 4*var2 + 16)*Phi2(-2/sqrt(var1), 2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/4 +
        (2*cov12**2 - 16*cov12 + var1*var2 + 4*var1 + 4*var2 + 16)*Phi2(2/sqrt(var1), -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/4 + 4*(2*cov12**2 - 4*cov12 + var1*var2 + var1 + var2 +
        1)*Phi2(-1/sqrt(var1), 1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) + 4*(2*cov12**2 - 4*cov12 +
        var1*var2 + var1 + var2 + 1)*Phi2(1/sqrt(var1), -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) +
        4*(2*cov12**2 + 4*cov12 + var1*var2 + var1 + var2 + 1)*Phi2(-1/sqrt(var1), -1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) + 4*(2*cov12**2 + 4*cov12 + var1*var2 + var1 + var2 +
        1)*Phi2(1/sqrt(var1), 1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) - (2*cov12**2 + 8*cov12 + var1*var2
        + var1 + 4*var2 + 4)*Phi2(-2/sqrt(var1), -1/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) - (2*cov12**2 +
        8*cov12 + var1*var2 + var1 + 4*var2 + 4)*Phi2(2/sqrt(var1), 1/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2))) - (2*cov12**2 + 8*cov12 + var1*var2 + 4*var1 + var2 +
        4)*Phi2(-1/sqrt(var1), -2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) - (2*cov12**2 + 8*cov12 +
        var1*var2 + 4*var1 + var2 + 4)*Phi2(1/sqrt(var1), 2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2))) +
        (2*cov12**2 + 16*cov12 + var1*var2 + 4*var1 + 4*var2 + 16)*Phi2(-2/sqrt(var1), -2/sqrt(var2),
        cov12/(sqrt(var1)*sqrt(var2)))/4 + (2*cov12**2 + 16*cov12 + var1*var2 + 4*var1 + 4*var2 +
        16)*Phi2(2/sqrt(var1), 2/sqrt(var2), cov12/(sqrt(var1)*sqrt(var2)))/4
    variance  E[f(X)^2]       = -4*sqrt(2)*var**(3/2)*(6*var - 1)/(3*sqrt(pi)) + sqrt(2)*sqrt(var)*(3*var +
        4)*(11*var + 4)*exp(-2/var)/(18*sqrt(pi)) + 2*sqrt(2)*sqrt(var)*(3*var**2 - 10*var -
        2)*exp(-1/(2*var))/(3*sqrt(pi)) + 2*(-5*var**3 + 3*var**2 + 12*var + 2)*Phi(-1/sqrt(var))/3 +
        2*(5*var**3 - 3*var**2 - 12*var - 2)*Phi(1/sqrt(var))/3 - (15*var**3 + 180*var**2 + 240*var +
        64)*Phi(-2/sqrt(var))/36 + (15*var**3 + 180*var**2 + 240*var + 64)*Phi(2/sqrt(var))/36

Exists for every covariance; a divergent expectation is inf.
Rule: thresholds.  Rewrites: joint_normals, positive_sums, series_of_angles.
Arithmetic: nngp in double words, d_nngp in double words.
Budget: 16 ulp; what was measured stands in b_spline.json.
Generated by `symkern derive b_spline`; do not edit.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from symkern.numerics import (
    activation_inputs,
    arc_rest,
    atan2,
    by_correlation,
    by_ratio,
    constant,
    double_inputs,
    double_variance,
    each,
    exp,
    exp_Density2,
    exp_Phi,
    exp_Phi2,
    gap,
    interior_gap,
    pi,
    plain_variance,
    sqrt,
    with_slopes,
)
from symkern.stax import Layer, layer

__all__ = ["fn", "nngp_fn", "d_nngp_fn", "nngp_and_d_nngp_fn", "variance_fn", "BSpline"]

FORMULA = "Piecewise((0, Abs(x) >= 2), ((2 - Abs(x))**3/6, Abs(x) >= 1), (x**2*Abs(x)/2 - x**2 + 2/3, True))"
PARAMETERS: dict[str, float] = {}
BUDGET = 16.0


def fn(x: ArrayLike) -> Array:
    """The activation f(x), elementwise; any shape."""
    (x,) = activation_inputs(x)
    return (
        jnp.where(jnp.abs(x) >= 2, 0, jnp.where(jnp.abs(x) >= 1, (2 - jnp.abs(x))**3 / 6,
        x**2 * jnp.abs(x) / 2 + 2 / 3 - x**2))
    )


def _nngp_edge(var: Array) -> Array:
    """Where one variance is zero, in the other."""
    (var,) = double_variance(var)
    root = sqrt(var)
    power = 1 / root
    total = 2 * var / 3 + constant(0.8888888888888888, 4.9343245538895844e-17)
    total2 = 4 * var / 3 + constant(0.4444444444444444, 2.4671622769447922e-17)
    product = constant(0.7978845608028654, -4.98465440455546e-17)
    power2 = 1 / var
    product2 = root * product
    normal, normal2, normal3, normal4 = (
        each(exp_Phi, (0, -2 * power), (0, -power), (0, power), (0, 2 * power))
    )
    return (
        (normal2 * total2 + normal4 * total + 2 * product * var * sqrt(var) / 3
        + 2 * product2 * (var + 2) * exp(-2 * power2) / 9 - normal * total - normal3 * total2
        - 4 * product2 * (2 * var + 1) * exp(-power2 / 2) / 9).value
    )


def _nngp(cov12: Array, var1: Array, var2: Array) -> Array:
    """The value."""
    gap12 = gap(cov12, var1, var2)
    inner12 = interior_gap(cov12, var1, var2)
    cov12, var1, var2 = double_inputs(cov12, var1, var2)
    root = sqrt(var2)
    power = 1 / root
    root2 = sqrt(gap12)
    root3 = sqrt(var1)
    power2 = 1 / root3
    root4 = 1 / sqrt(inner12)
    product = root4 * root3
    product2 = root * root4
    power3 = 1 / var1
    product3 = 2 * root4 * power2
    product4 = product3 * cov12
    total = 2 * cov12 - var1
    product5 = root4 * power2
    total2 = cov12 - var1
    product6 = product3 * total2
    total3 = cov12 + var1
    product7 = product3 * total3
    product8 = product5 * (2 * cov12 + var1)
    product9 = product5 * cov12
    total4 = cov12 - 2 * var1
    product10 = product5 * total3
    product11 = product5 * (cov12 + 2 * var1)
    power4 = 1 / var2
    product12 = 2 * power * root4
    product13 = product12 * cov12
    total5 = 2 * cov12 - var2
    product14 = power * root4
    total6 = cov12 - var2
    product15 = product12 * total6
    total7 = cov12 + var2
    product16 = product12 * total7
    product17 = product14 * (2 * cov12 + var2)
    product18 = product14 * cov12
    total8 = cov12 - 2 * var2
    product19 = product14 * total7
    product20 = product14 * (cov12 + 2 * var2)
    product21 = constant(0.7978845608028654, -4.98465440455546e-17)
    product22 = 3 * product21 * cov12 / 2
    product23 = product22 * root3 * var2
    product24 = product21 * cov12
    product25 = 3 * product24 * root3 * var2
    product26 = root * product22 * var1
    product27 = 3 * root * product24 * var1
    product28 = 3 * (var1 * var2)
    power5 = cov12**2
    total9 = product28 + 2 * power5
    product29 = cov12 * (total9 + 12 * var1) / 2
    product30 = 2 * cov12 * (total9 + 3 * var1)
    product31 = cov12 * (total9 + 12 * var2) / 2
    product32 = 2 * cov12 * (total9 + 3 * var2)
    total10 = 11 * power5 + 4 * (var1 * var2)
    product33 = root2 / pi
    total11 = product28 + 9 * power5
    product34 = 2 * product21 * root3 * (total11 + var1) / 3
    product35 = 2 * root * product21 * (total11 + var2) / 3
    product36 = product21 * root3 * (total11 + 4 * var1) / 3
    product37 = root * product21 * (total11 + 4 * var2) / 3
    total12 = var1 + 2
    total13 = var2 + 2
    total14 = 11 * power5 + 4 * (total12 * total13)
    total15 = 2 * var1 + 1
    product38 = 2 * total13 * total15
    total16 = 11 * power5 - 16 * cov12
    total17 = 2 * var2 + 1
    product39 = 2 * total12 * total17
    total18 = 11 * power5 + 16 * cov12
    total19 = 11 * power5 + total15 * total17
    total20 = 3 * var1 + 4
    total21 = 3 * var2 + 4
    product40 = total20 * total21 / 9
    power6 = cov12**3
    total22 = var2 + 4
    product41 = cov12 * (var1 + 4)
    total23 = power6 / 6 + total22 * product41 / 4
    total24 = product40 + total23 + 2 * power5
    total25 = 3 * var2 + 1
    product42 = 2 * total20 * total25 / 9
    total26 = var2 + 1
    product43 = product41 * total26
    total27 = 2 * power6 / 3 + 4 * power5
    total28 = -product42 - product43 - total27
    total29 = 2 * power6 / 3 - 4 * power5
    total30 = product42 - product43 - total29
    total31 = total23 - product40 - 2 * power5
    total32 = 3 * var1 + 1
    product44 = 2 * total21 * total32 / 9
    product45 = cov12 * (var1 + 1)
    product46 = total22 * product45
    total33 = -total27 - product44 - product46
    product47 = 4 * (total25 * total32) / 9
    total34 = 8 * power6 / 3 + 4 * total26 * product45
    total35 = product47 + total34 + 8 * power5
    total36 = total34 - product47 - 8 * power5
    total37 = product44 - total29 - product46
    total38 = 9 * var2 + 9
    product48 = total38 * cov12
    total39 = 9 * power5 + total25 * total12
    product49 = product21 * root3 / 9
    product50 = product49 * (product48 + total39)
    product51 = -total38 * cov12
    product52 = product49 * (total39 + product51)
    total40 = 9 * var1 + 9
    product53 = total40 * cov12
    total41 = 9 * power5 + total32 * total13
    product54 = root * product21 / 9
    product55 = product54 * (product53 + total41)
    product56 = -total40 * cov12
    product57 = product54 * (total41 + product56)
    total42 = 9 * var2 + 36
    product58 = total42 * cov12
    total43 = 18 * power5 + 2 * total21 * total12
    product59 = product21 * root3 / 36
    product60 = product59 * (product58 + total43)
    product61 = -total42 * cov12
    product62 = product59 * (total43 + product61)
    total44 = 9 * var1 + 36
    product63 = total44 * cov12
    total45 = 18 * power5 + 2 * total20 * total13
    product64 = root * product21 / 36
    product65 = product64 * (product63 + total45)
    product66 = -total44 * cov12
    product67 = product64 * (total45 + product66)
    total46 = 18 * power5 + total25 * total15
    product68 = 2 * product21 * root3 / 9
    product69 = product68 * (product48 + total46)
    product70 = product68 * (product51 + total46)
    total47 = 18 * power5 + total32 * total17
    product71 = 2 * root * product21 / 9
    product72 = product71 * (product53 + total47)
    product73 = product71 * (product56 + total47)
    total48 = 36 * power5 + 2 * total21 * total15
    product74 = product21 * root3 / 18
    product75 = product74 * (product58 + total48)
    product76 = product74 * (product61 + total48)
    total49 = 36 * power5 + 2 * total20 * total17
    product77 = root * product21 / 18
    product78 = product77 * (product63 + total49)
    product79 = product77 * (product66 + total49)
    product80 = 3 * total9 * cov12 / 2
    density, density2, density3, density4, density5, density6, density7, density8, density9, density10, density11, density12 = (
        each(exp_Density2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, -2 * power2, 0, cov12, root2), (0, -2 * power2, -2 * power, cov12, root2),
        (0, -2 * power2, -power, cov12, root2), (0, -2 * power2, power, cov12, root2),
        (0, -2 * power2, 2 * power, cov12, root2), (0, -power2, 0, cov12, root2),
        (0, -power2, -2 * power, cov12, root2), (0, -power2, -power, cov12, root2),
        (0, -power2, power, cov12, root2), (0, -power2, 2 * power, cov12, root2))
    )
    normal, normal2, normal3, normal4, normal5, normal6, normal7, normal8, normal9, normal10, normal11, normal12, normal13, normal14, normal15, normal16, normal17, normal18, normal19, normal20, normal21, normal22, normal23, normal24, normal25, normal26, normal27, normal28, normal29, normal30, normal31, normal32, normal33, normal34, normal35, normal36, normal37, normal38, normal39, normal40, normal41, normal42, normal43, normal44, normal45, normal46, normal47, normal48 = (
        each(exp_Phi, (0, -2 * product), (0, -product), (0, product), (0, 2 * product), (0, -2 * product2),
        (0, -product2), (0, product2), (0, 2 * product2), (-2 * power3, -product4), (-2 * power3, product4),
        (-2 * power3, -total * product5), (-2 * power3, -product6), (-2 * power3, product6),
        (-2 * power3, -product7), (-2 * power3, product7), (-2 * power3, total * product5),
        (-2 * power3, -product8), (-2 * power3, product8), (-power3 / 2, -product9), (-power3 / 2, product9),
        (-power3 / 2, -product5 * total2), (-power3 / 2, -product5 * total4),
        (-power3 / 2, product5 * total4), (-power3 / 2, product5 * total2), (-power3 / 2, -product10),
        (-power3 / 2, product10), (-power3 / 2, -product11), (-power3 / 2, product11),
        (-2 * power4, -product13), (-2 * power4, product13), (-2 * power4, -total5 * product14),
        (-2 * power4, -product15), (-2 * power4, product15), (-2 * power4, -product16),
        (-2 * power4, product16), (-2 * power4, total5 * product14), (-2 * power4, -product17),
        (-2 * power4, product17), (-power4 / 2, -product18), (-power4 / 2, product18),
        (-power4 / 2, -product14 * total6), (-power4 / 2, -product14 * total8),
        (-power4 / 2, product14 * total8), (-power4 / 2, product14 * total6), (-power4 / 2, -product19),
        (-power4 / 2, product19), (-power4 / 2, -product20), (-power4 / 2, product20))
    )
    joint, joint2, joint3, joint4, joint5, joint6, joint7, joint8, joint9, joint10, joint11, joint12, joint13, joint14, joint15, joint16, joint17, joint18, joint19, joint20, joint21, joint22, joint23, joint24 = (
        each(exp_Phi2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, 0, power, cov12, root2), (0, 0, 2 * power, cov12, root2), (0, -2 * power2, 0, cov12, root2),
        (0, -2 * power2, -2 * power, cov12, root2), (0, -2 * power2, -power, cov12, root2),
        (0, -2 * power2, power, cov12, root2), (0, -2 * power2, 2 * power, cov12, root2),
        (0, -power2, 0, cov12, root2), (0, -power2, -2 * power, cov12, root2),
        (0, -power2, -power, cov12, root2), (0, -power2, power, cov12, root2),
        (0, -power2, 2 * power, cov12, root2), (0, power2, 0, cov12, root2),
        (0, power2, -2 * power, cov12, root2), (0, power2, -power, cov12, root2),
        (0, power2, power, cov12, root2), (0, power2, 2 * power, cov12, root2),
        (0, 2 * power2, 0, cov12, root2), (0, 2 * power2, -2 * power, cov12, root2),
        (0, 2 * power2, -power, cov12, root2), (0, 2 * power2, power, cov12, root2),
        (0, 2 * power2, 2 * power, cov12, root2))
    )
    return (
        ((normal2 * product34 + normal6 * product35) + (normal4 * product36 + normal8 * product37)
        + (normal9 * product23 + normal29 * product26) + (normal12 * product60 + normal32 * product65)
        + (normal15 * product62 + normal35 * product67) + (normal16 * product50 + normal36 * product55)
        + (normal17 * product52 + normal37 * product57) + (normal20 * product25 + normal40 * product27)
        + (normal21 * product69 + normal41 * product72) + (normal23 * product75 + normal43 * product78)
        + (normal26 * product70 + normal46 * product73) + (normal27 * product76 + normal47 * product79)
        + (joint * product29 + joint5 * product31) + (joint4 * product29 + joint20 * product31)
        + joint6 * total24 + (joint7 * total28 + joint11 * total33) + (joint8 * total30 + joint16 * total37)
        + (joint9 * total31 + joint21 * total31) + joint12 * total35
        + (joint13 * total36 + joint17 * total36) + (joint14 * total37 + joint22 * total30)
        + joint18 * total35 + (joint19 * total33 + joint23 * total28) + joint24 * total24
        + (density * product33 * (total10 + 8 * var1) + density3 * product33 * (total10 + 8 * var2)) / 6
        + 4 * density11 * product33 * (total19 - 8 * cov12) / 9
        + density4 * product33 * (total14 + 32 * cov12) / 36
        + density7 * product33 * (total14 - 32 * cov12) / 36
        + 4 * density10 * product33 * (total19 + 8 * cov12) / 9
        + by_ratio(root2, -cov12, product80 * arc_rest(root2, -cov12, 3) / pi
        - 9 * gap12**3 * sqrt(gap12) / (10 * cov12**4 * pi),
        (product80 * atan2(root2, -cov12) + 11 * root2 * power5 / 2 + 2 * root2 * (var1 * var2)) / pi)
        - (normal * product36 + normal5 * product37) - (normal3 * product34 + normal7 * product35)
        - (normal10 * product23 + normal30 * product26) - (normal11 * product50 + normal31 * product55)
        - (normal13 * product60 + normal33 * product65) - (normal14 * product62 + normal34 * product67)
        - (normal18 * product52 + normal38 * product57) - (normal19 * product25 + normal39 * product27)
        - (normal22 * product75 + normal42 * product78) - (normal24 * product69 + normal44 * product72)
        - (normal25 * product70 + normal45 * product73) - (normal28 * product76 + normal48 * product79)
        - (joint2 * product30 + joint10 * product32) - (joint3 * product30 + joint15 * product32)
        - 2 * (density2 * product33 * (total10 + 2 * var1) + density8 * product33 * (total10 + 2 * var2)) / 3
        - density12 * product33 * (product38 + total16) / 9
        - (density5 * product33 * (product39 + total18) + density9 * product33 * (total18 + product38)) / 9
        - density6 * product33 * (product39 + total16) / 9).value
    )


def _nngp_slopes(cov12: Array, var1: Array, var2: Array) -> tuple[Array, Array, Array]:
    """By cov12, var1, var2."""
    gap12 = gap(cov12, var1, var2)
    inner12 = interior_gap(cov12, var1, var2)
    cov12, var1, var2 = double_inputs(cov12, var1, var2)
    root = sqrt(var2)
    power = 1 / root
    root2 = sqrt(gap12)
    root3 = sqrt(var1)
    power2 = 1 / root3
    root4 = 1 / sqrt(inner12)
    product = root4 * root3
    product2 = root * root4
    power3 = 1 / var1
    product3 = 2 * root4 * power2
    product4 = product3 * cov12
    total = 2 * cov12 - var1
    product5 = root4 * power2
    total2 = cov12 - var1
    product6 = product3 * total2
    total3 = cov12 + var1
    product7 = product3 * total3
    total4 = 2 * cov12 + var1
    product8 = product5 * total4
    product9 = product5 * cov12
    total5 = cov12 - 2 * var1
    product10 = product5 * total3
    product11 = product5 * (cov12 + 2 * var1)
    power4 = 1 / var2
    product12 = 2 * power * root4
    product13 = product12 * cov12
    total6 = 2 * cov12 - var2
    product14 = power * root4
    total7 = cov12 - var2
    product15 = product12 * total7
    total8 = cov12 + var2
    product16 = product12 * total8
    total9 = 2 * cov12 + var2
    product17 = product14 * total9
    product18 = product14 * cov12
    total10 = cov12 - 2 * var2
    product19 = product14 * total8
    product20 = product14 * (cov12 + 2 * var2)
    product21 = root * root3
    product22 = constant(0.7978845608028654, -4.98465440455546e-17)
    product23 = root3 * product22
    product24 = constant(1.5957691216057308, -9.96930880911092e-17)
    product25 = root3 * product24
    product26 = constant(3.1915382432114616, -1.993861761822184e-16)
    product27 = root3 * product26
    product28 = 8 * root3 * product22
    product29 = 16 * root3 * product22
    product30 = root * product24
    product31 = root * product26
    product32 = 8 * root * product22
    product33 = 16 * root * product22
    product34 = product21 / pi
    product35 = root2 / pi
    product36 = 18 * root2 * cov12 / pi
    product37 = var1 * var2
    power5 = cov12**2
    total11 = product37 + 2 * power5
    total12 = 6 * total11 + 6 * var2
    total13 = 6 * total11 + 6 * var1
    product38 = 6 * product23 * cov12
    product39 = 12 * product23 * cov12
    product40 = root * product22
    product41 = 6 * product40 * cov12
    product42 = 12 * product40 * cov12
    product43 = 3 * product23 * var2
    product44 = 3 * product40 * var1
    product45 = product35 * (3 * cov12 - 2)
    total14 = 3 * cov12 + 4
    total15 = 3 * cov12 + 2
    product46 = total15 * product35
    total16 = 3 * cov12 + 1
    total17 = 3 * product37 / 2 + 3 * power5
    total18 = total17 + 6 * var2
    total19 = total17 + 6 * var1
    product47 = product23 * (total9 + 1)
    product48 = product40 * (total4 + 1)
    total20 = var2 + 4
    product49 = product23 * (total20 + 4 * cov12) / 4
    total21 = var2 + 1
    product50 = product25 * (total21 + 4 * cov12)
    product51 = product23 * (total20 + 8 * cov12) / 2
    total22 = var1 + 4
    product52 = product40 * (total22 + 4 * cov12) / 4
    total23 = var1 + 1
    product53 = product30 * (total23 + 4 * cov12)
    product54 = product40 * (total22 + 8 * cov12) / 2
    total24 = 2 * power5 + total21 * total23
    total25 = 4 * total24 + 16 * cov12
    total26 = 4 * total24 - 16 * cov12
    product55 = total20 * total23
    total27 = 2 * power5 - 8 * cov12
    total28 = -product55 - total27
    total29 = 2 * power5 + 8 * cov12
    total30 = product55 + total29
    total31 = power5 / 2 + total20 * total22 / 4
    total32 = total31 - 4 * cov12
    product56 = total21 * total22
    total33 = -total27 - product56
    total34 = total29 + product56
    total35 = total31 + 4 * cov12
    product57 = product23 * (2 * cov12 - total21)
    product58 = product40 * (2 * cov12 - total23)
    product59 = product23 * (4 * cov12 - total20) / 4
    product60 = product25 * (4 * cov12 - total21)
    product61 = product23 * (8 * cov12 - total20) / 2
    product62 = product40 * (4 * cov12 - total22) / 4
    product63 = product30 * (4 * cov12 - total23)
    product64 = product40 * (8 * cov12 - total22) / 2
    power6 = cov12**3
    product65 = gap12**2 * sqrt(gap12) / pi
    product66 = arc_rest(root2, -cov12, 2) / pi
    angle = atan2(root2, -cov12)
    product67 = 6 * cov12 * var2
    product68 = 3 * cov12 * var2 / 2
    product69 = 3 * total20 * cov12 / 2
    root5 = var2 * sqrt(var2)
    product70 = root5 * product22
    product71 = root5 * product24
    total36 = 3 * var2 + 12
    product72 = total36 * cov12
    total37 = var2 + constant(1.3333333333333333, 7.401486830834377e-17)
    total38 = product72 / 12 + total37
    product73 = 3 * product40 * cov12
    root6 = var1 * sqrt(var1)
    power7 = 1 / root6
    product74 = power6 * product22
    product75 = power7 * product74
    total39 = 3 * var2 + 3
    product76 = total39 * cov12
    total40 = 4 * var2 + constant(1.3333333333333333, 7.401486830834377e-17)
    total41 = 4 * product76 / 3 + total40
    total42 = 4 * total39 * cov12 / 3 - total40
    total43 = 2 * var2 + constant(2.6666666666666665, 1.4802973661668753e-16)
    total44 = total43 - product72 / 3
    total45 = -product72 / 3 - total43
    total46 = total36 * cov12 / 12 - total37
    total47 = 2 * var2 + constant(0.6666666666666666, 3.700743415417188e-17)
    total48 = total47 - product76 / 3
    total49 = -product76 / 3 - total47
    product77 = product40 * (total15 + var2) / 3
    product78 = product40 * (total14 + 2 * var2) / 12
    total50 = 2 * var2 - 3 * cov12
    product79 = product40 * (-total50 - 4) / 12
    total51 = 2 - 3 * cov12
    product80 = product40 * (-total51 - var2) / 3
    product81 = 2 * product40 * (total16 + 2 * var2) / 3
    product82 = product40 * (total15 + 4 * var2) / 6
    product83 = 2 * product40 * (-total50 - 1) / 3
    product84 = product40 * (-total51 - 4 * var2) / 6
    total52 = power5 + 2 * (var1 * var2)
    product85 = 2 * power3 * product35
    total53 = total52 + var1
    product86 = power3 * product35
    product87 = 4 * total53 * product86 / 3
    product88 = total53 * product86 / 3
    total54 = 3 * product37 + 3 * power5
    product89 = product22 * power2
    product90 = product89 * (total54 + var1)
    total55 = total52 + 4 * var1
    product91 = product86 * total55 / 3
    product92 = product86 * total55
    product93 = product89 * (total54 + 4 * var1) / 2
    product94 = 3 * power5 * var1
    power8 = var1**2
    product95 = power8 * (3 * var2 + 4)
    total56 = product94 + product95
    product96 = power7 * product22
    product97 = product96 * (power6 + total56) / 12
    total57 = product94 + power8 * (3 * var2 + 1)
    product98 = product96 * (power6 + total57)
    product99 = product96 * (power6 - total56) / 12
    product100 = product96 * (power6 - total57)
    total58 = 2 * product95 + 6 * power5 * var1
    product101 = product96 * (power6 - total58) / 6
    product102 = product96 * (power6 + total58) / 6
    product103 = product96 * (2 * power6 + total57) / 6
    product104 = product96 * (2 * power6 - total57) / 6
    product105 = product65 / power5
    product106 = root2 * power5
    product107 = 3 * cov12 * var1 / 2
    product108 = 6 * total23 * cov12
    product109 = 3 * total22 * cov12 / 2
    product110 = root6 * product22
    product111 = root6 * product24
    total59 = 3 * var1 + 12
    product112 = total59 * cov12
    total60 = var1 + constant(1.3333333333333333, 7.401486830834377e-17)
    total61 = product112 / 12 + total60
    product113 = 3 * product23 * cov12
    power9 = 1 / root5
    product114 = product74 * power9
    total62 = 3 * var1 + 3
    product115 = total62 * cov12
    total63 = 4 * var1 + constant(1.3333333333333333, 7.401486830834377e-17)
    total64 = 4 * product115 / 3 + total63
    total65 = 4 * total62 * cov12 / 3 - total63
    total66 = 2 * var1 + constant(0.6666666666666666, 3.700743415417188e-17)
    total67 = total66 - product115 / 3
    total68 = -product115 / 3 - total66
    total69 = total59 * cov12 / 12 - total60
    total70 = 2 * var1 + constant(2.6666666666666665, 1.4802973661668753e-16)
    total71 = total70 - product112 / 3
    total72 = -product112 / 3 - total70
    product116 = product23 * (total15 + var1) / 3
    product117 = product23 * (total14 + 2 * var1) / 12
    total73 = 2 * var1 - 3 * cov12
    product118 = product23 * (-total73 - 4) / 12
    product119 = product23 * (-total51 - var1) / 3
    product120 = product23 * (total16 + 2 * var1)
    product121 = product23 * (total15 + 4 * var1) / 6
    product122 = product23 * (-total73 - 1)
    product123 = product23 * (-total51 - 4 * var1) / 6
    product124 = 2 * power4 * product35
    total74 = total52 + var2
    product125 = power4 * product35
    product126 = total74 * product125 / 3
    product127 = 4 * total74 * product125 / 3
    product128 = power * product22
    product129 = product128 * (total54 + var2)
    total75 = total52 + 4 * var2
    product130 = product125 * total75
    product131 = product125 * total75 / 3
    product132 = product128 * (total54 + 4 * var2) / 2
    product133 = 3 * power5 * var2
    power10 = var2**2
    product134 = power10 * (3 * var1 + 4)
    total76 = product133 + product134
    product135 = power9 * product22
    product136 = product135 * (power6 + total76) / 12
    total77 = product133 + power10 * (3 * var1 + 1)
    product137 = 2 * product135 * (power6 + total77) / 3
    product138 = product135 * (power6 - total76) / 12
    product139 = 2 * product135 * (power6 - total77) / 3
    total78 = 2 * product134 + 6 * power5 * var2
    product140 = product135 * (power6 - total78) / 6
    product141 = product135 * (power6 + total78) / 6
    product142 = product135 * (2 * power6 + total77) / 6
    product143 = product135 * (2 * power6 - total77) / 6
    density, density2, density3, density4, density5, density6, density7, density8, density9, density10, density11, density12, density13, density14, density15, density16, density17 = (
        each(exp_Density2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, -2 * power2, 0, cov12, root2), (0, -2 * power2, -2 * power, cov12, root2),
        (0, -2 * power2, -power, cov12, root2), (0, -2 * power2, power, cov12, root2),
        (0, -2 * power2, 2 * power, cov12, root2), (0, -power2, 0, cov12, root2),
        (0, -power2, -2 * power, cov12, root2), (0, -power2, -power, cov12, root2),
        (0, -power2, power, cov12, root2), (0, -power2, 2 * power, cov12, root2),
        (0, power2, -2 * power, cov12, root2), (0, power2, -power, cov12, root2),
        (0, 2 * power2, -2 * power, cov12, root2), (0, 2 * power2, -power, cov12, root2),
        (0, 2 * power2, 2 * power, cov12, root2))
    )
    normal, normal2, normal3, normal4 = (
        each(exp_Phi, (0, -2 * power2), (0, -power2), (0, power2), (0, 2 * power2))
    )
    normal5, normal6, normal7, normal8 = (
        each(exp_Phi, (0, -2 * power), (0, -power), (0, power), (0, 2 * power))
    )
    normal9, normal10, normal11, normal12, normal13, normal14, normal15, normal16, normal17, normal18, normal19, normal20, normal21, normal22, normal23, normal24, normal25, normal26, normal27, normal28, normal29, normal30, normal31, normal32, normal33, normal34, normal35, normal36, normal37, normal38, normal39, normal40, normal41, normal42, normal43, normal44, normal45, normal46, normal47, normal48, normal49, normal50, normal51, normal52, normal53, normal54, normal55, normal56, normal57, normal58, normal59, normal60, normal61, normal62, normal63, normal64, normal65, normal66, normal67, normal68, normal69, normal70, normal71, normal72 = (
        each(exp_Phi, (0, -2 * product), (0, -product), (0, product), (0, 2 * product), (0, -2 * product2),
        (0, -product2), (0, product2), (0, 2 * product2), (-2 * power3, -2 * power), (-2 * power3, -power),
        (-2 * power3, power), (-2 * power3, 2 * power), (-2 * power3, -product4), (-2 * power3, product4),
        (-2 * power3, -total * product5), (-2 * power3, -product6), (-2 * power3, product6),
        (-2 * power3, -product7), (-2 * power3, product7), (-2 * power3, total * product5),
        (-2 * power3, -product8), (-2 * power3, product8), (-power3 / 2, -2 * power), (-power3 / 2, -power),
        (-power3 / 2, power), (-power3 / 2, 2 * power), (-power3 / 2, -product9), (-power3 / 2, product9),
        (-power3 / 2, -product5 * total2), (-power3 / 2, -product5 * total5),
        (-power3 / 2, product5 * total5), (-power3 / 2, product5 * total2), (-power3 / 2, -product10),
        (-power3 / 2, product10), (-power3 / 2, -product11), (-power3 / 2, product11),
        (-2 * power4, -2 * power2), (-2 * power4, -power2), (-2 * power4, power2), (-2 * power4, 2 * power2),
        (-2 * power4, -product13), (-2 * power4, product13), (-2 * power4, -total6 * product14),
        (-2 * power4, -product15), (-2 * power4, product15), (-2 * power4, -product16),
        (-2 * power4, product16), (-2 * power4, total6 * product14), (-2 * power4, -product17),
        (-2 * power4, product17), (-power4 / 2, -2 * power2), (-power4 / 2, -power2), (-power4 / 2, power2),
        (-power4 / 2, 2 * power2), (-power4 / 2, -product18), (-power4 / 2, product18),
        (-power4 / 2, -product14 * total7), (-power4 / 2, -product14 * total10),
        (-power4 / 2, product14 * total10), (-power4 / 2, product14 * total7), (-power4 / 2, -product19),
        (-power4 / 2, product19), (-power4 / 2, -product20), (-power4 / 2, product20))
    )
    joint, joint2, joint3, joint4, joint5, joint6, joint7, joint8, joint9, joint10, joint11, joint12, joint13, joint14, joint15, joint16, joint17, joint18, joint19, joint20, joint21, joint22, joint23, joint24 = (
        each(exp_Phi2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, 0, power, cov12, root2), (0, 0, 2 * power, cov12, root2), (0, -2 * power2, 0, cov12, root2),
        (0, -2 * power2, -2 * power, cov12, root2), (0, -2 * power2, -power, cov12, root2),
        (0, -2 * power2, power, cov12, root2), (0, -2 * power2, 2 * power, cov12, root2),
        (0, -power2, 0, cov12, root2), (0, -power2, -2 * power, cov12, root2),
        (0, -power2, -power, cov12, root2), (0, -power2, power, cov12, root2),
        (0, -power2, 2 * power, cov12, root2), (0, power2, 0, cov12, root2),
        (0, power2, -2 * power, cov12, root2), (0, power2, -power, cov12, root2),
        (0, power2, power, cov12, root2), (0, power2, 2 * power, cov12, root2),
        (0, 2 * power2, 0, cov12, root2), (0, 2 * power2, -2 * power, cov12, root2),
        (0, 2 * power2, -power, cov12, root2), (0, 2 * power2, power, cov12, root2),
        (0, 2 * power2, 2 * power, cov12, root2))
    )
    total79 = (
        3 * root * constant(1.4142135623730951, -9.667293313452913e-17)
        + 2 * normal8 * constant(1.772453850905516, -7.666586499825799e-17)
    )
    total80 = (
        3 * root3 * constant(1.4142135623730951, -9.667293313452913e-17)
        + 2 * normal4 * constant(1.772453850905516, -7.666586499825799e-17)
    )
    total81 = total79 - 2 * normal5 * constant(1.772453850905516, -7.666586499825799e-17)
    total82 = total80 - 2 * normal * constant(1.772453850905516, -7.666586499825799e-17)
    total83 = total81 + 4 * normal6 * constant(1.772453850905516, -7.666586499825799e-17)
    product144 = density * product35
    product145 = density3 * product35
    product146 = normal21 * product23
    product147 = normal22 * product23
    product148 = normal49 * product40
    product149 = normal50 * product40
    product150 = joint2 * cov12
    product151 = joint3 * cov12
    by_cov12 = (
        (by_correlation(cov12, gap12, cov12 * (6 * normal8 * product23
        + (normal18 * product27 + normal46 * product31) + (normal20 * product25 + normal48 * product30)
        + (normal31 * product28 + normal59 * product32) + (normal33 * product29 + normal61 * product33)
        + 18 * product21 / pi + 6 * (product34 * exp(-2 * power3) + product34 * exp(-2 * power4))
        + 2 * product34 * exp(-2 * (power3 + power4)) + 32 * product34 * exp(-(power3 + power4) / 2)
        + 4 * normal2 * total83 / constant(1.772453850905516, -7.666586499825799e-17)
        + 2 * normal4 * total79 / constant(1.772453850905516, -7.666586499825799e-17)
        + 4 * normal6 * total82 / constant(1.772453850905516, -7.666586499825799e-17)
        - (normal17 * product25 + normal45 * product30) - (normal19 * product27 + normal47 * product31)
        - (normal32 * product29 + normal60 * product33) - (normal34 * product28 + normal62 * product32)
        - 24 * (product34 * exp(-power3 / 2) + product34 * exp(-power4 / 2))
        - 8 * (product34 * exp(-2 * power3 - power4 / 2) + product34 * exp(-power3 / 2 - 2 * power4))
        - 2 * normal * total81 / constant(1.772453850905516, -7.666586499825799e-17)
        - 4 * normal3 * (total83 - 4 * normal7 * constant(1.772453850905516, -7.666586499825799e-17))
        / constant(1.772453850905516, -7.666586499825799e-17)
        - 2 * normal5 * total80 / constant(1.772453850905516, -7.666586499825799e-17)
        - 4 * normal7 * (total82 + 4 * normal2 * constant(1.772453850905516, -7.666586499825799e-17))
        / constant(1.772453850905516, -7.666586499825799e-17)), joint12 * total25
        + (joint13 * total26 + joint17 * total26) + (joint14 * total28 + joint22 * total33)
        + (joint16 * total28 + joint8 * total33) + joint18 * total25 + (joint20 * total18 + joint4 * total19)
        + (joint21 * total32 + joint9 * total32) + joint24 * total35
        + (normal10 * product39 + normal14 * product42) + (normal12 * product38 + normal16 * product41)
        + (normal24 * product49 + normal52 * product52) + (normal27 * product59 + normal55 * product62)
        + (normal28 * product47 + normal56 * product48) + (normal29 * product57 + normal57 * product58)
        + (normal36 * product43 + normal64 * product44) + (normal37 * product50 + normal65 * product53)
        + (normal39 * product51 + normal67 * product54) + (normal42 * product60 + normal70 * product63)
        + (normal43 * product61 + normal71 * product64) + (joint * total19 + joint5 * total18)
        + joint6 * total35 + 3 * (product146 * var2 + product148 * var1) / 2
        + 9 * (product144 * cov12 + product145 * cov12) / 2 + 4 * density11 * product35 * (3 * cov12 - 1)
        + density4 * total14 * product35 / 4 + density7 * product35 * (3 * cov12 - 4) / 4
        + 4 * density10 * total16 * product35 + 9 * by_ratio(root2, -cov12, total11 * product66
        + product65 / (3 * power6), (total11 * angle + 3 * root2 * cov12) / pi) / 2
        - (density2 * product36 + density8 * product36) - (joint15 * total12 + joint3 * total13)
        - (joint19 * total30 + joint23 * total34) - density12 * product45
        - (normal9 * product38 + normal13 * product41) - (normal11 * product39 + normal15 * product42)
        - (normal23 * product47 + normal51 * product48) - (density5 * product46 + density9 * product46)
        - (normal25 * product49 + normal53 * product52) - (normal26 * product59 + normal54 * product62)
        - (normal30 * product57 + normal58 * product58) - density6 * product45
        - (normal35 * product43 + normal63 * product44) - (normal38 * product51 + normal66 * product54)
        - (normal40 * product50 + normal68 * product53) - (normal41 * product60 + normal69 * product63)
        - (normal44 * product61 + normal72 * product64) - (joint2 * total13 + joint10 * total12)
        - (joint7 * total34 + joint11 * total30) - 3 * (product147 * var2 + product149 * var1) / 2)).value
    )
    by_var1 = (
        (density11 * product87 + joint12 * total41 + joint13 * total42 + joint14 * total44
        + joint16 * total44 + joint17 * total42 + joint18 * total41 + joint19 * total45 + joint20 * product68
        + joint21 * total46 + joint22 * total48 + joint23 * total49 + joint24 * total38
        + density17 * product92 / 12 + normal10 * product90 + normal12 * product93 + normal14 * product71
        + normal16 * product70 + normal22 * product75 / 2 + normal23 * product104 + normal25 * product99
        + normal27 * product97 + normal29 * product103 + normal35 * product75 + normal38 * product101
        + 2 * normal40 * product100 / 3 + 2 * normal42 * product98 / 3 + normal43 * product102
        + density7 * product92 / 12 + normal52 * product78 + normal54 * product79 + normal56 * product77
        + normal58 * product80 + normal64 * product73 + normal65 * product81 + normal67 * product82
        + normal69 * product83 + normal72 * product84 + joint * product69 + density10 * product87
        + joint4 * product69 + joint5 * product68 + joint6 * total38 + joint7 * total49 + joint8 * total48
        + joint9 * total46 + joint11 * total45 + 3 * product148 * cov12 / 2
        + power3 * total52 * product145 / 2 + power3 * total55 * product144 / 2
        + 3 * by_ratio(root2, -cov12, power3 * product105 / 2 + product66 * product68,
        (power3 * product106 / 2 + angle * product68 + root2 * var2) / pi) - joint15 * product67
        - density12 * product91 - normal9 * product93 - normal11 * product90 - normal13 * product70
        - normal15 * product71 - normal21 * product75 / 2 - density5 * product88 - normal24 * product99
        - normal26 * product97 - normal28 * product104 - normal30 * product103 - density6 * product88
        - normal36 * product75 - 2 * normal37 * product100 / 3 - normal39 * product101
        - 2 * normal41 * product98 / 3 - normal44 * product102 - normal51 * product77 - normal53 * product78
        - normal55 * product79 - normal57 * product80 - normal63 * product73 - density9 * product91
        - normal66 * product82 - normal68 * product81 - normal70 * product83 - normal71 * product84
        - joint10 * product67 - 3 * product149 * cov12 / 2 - 6 * total21 * product150
        - 6 * total21 * product151 - density2 * product85 * total53 - density8 * total52 * product85).value
    )
    by_var2 = (
        (joint12 * total64 + joint13 * total65 + joint14 * total67 + joint16 * total67 + joint17 * total65
        + joint18 * total64 + joint19 * total68 + joint20 * product109 + joint21 * total69
        + joint22 * total71 + joint23 * total72 + joint24 * total61 + density14 * product127
        + density15 * product130 / 12 + density17 * product130 / 12 + normal10 * product111
        + normal12 * product110 + normal14 * product129 + normal16 * product132 + normal24 * product117
        + normal26 * product118 + normal28 * product116 + normal30 * product119 + normal36 * product113
        + 2 * normal37 * product120 / 3 + normal39 * product121 + 2 * normal41 * product122 / 3
        + normal44 * product123 + normal50 * product114 / 2 + normal51 * product143 + normal53 * product138
        + normal55 * product136 + normal57 * product142 + normal63 * product114 + normal66 * product140
        + normal68 * product139 + normal70 * product137 + normal71 * product141 + joint * product107
        + density10 * product127 + joint4 * product107 + joint5 * product109 + joint6 * total61
        + joint7 * total72 + joint8 * total71 + joint9 * total69 + joint11 * total68
        + 3 * product146 * cov12 / 2 + total52 * power4 * product144 / 2 + total75 * power4 * product145 / 2
        + 3 * by_ratio(root2, -cov12, product66 * product107 + product105 * power4 / 2,
        (angle * product107 + product106 * power4 / 2 + root2 * var1) / pi) - joint15 * product108
        - density13 * product126 - density16 * product131 - normal9 * product110 - normal11 * product111
        - normal13 * product132 - normal15 * product129 - normal23 * product116 - density5 * product131
        - normal25 * product117 - normal27 * product118 - normal29 * product119 - normal35 * product113
        - normal38 * product121 - 2 * normal40 * product120 / 3 - 2 * normal42 * product122 / 3
        - normal43 * product123 - normal49 * product114 / 2 - normal52 * product138 - normal54 * product136
        - normal56 * product143 - normal58 * product142 - density9 * product126 - normal64 * product114
        - normal65 * product139 - normal67 * product140 - normal69 * product137 - normal72 * product141
        - joint10 * product108 - 3 * product147 * cov12 / 2 - 6 * product150 * var1 - 6 * product151 * var1
        - density2 * total52 * product124 - density8 * product124 * total74).value
    )
    return by_cov12, by_var1, by_var2


def nngp_fn(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> Array:
    """E[f(X) f(Y)]; shapes broadcast."""
    return with_slopes(_nngp, _nngp_slopes, cov12, var1, var2, edge=_nngp_edge)


def _d_nngp_edge(var: Array) -> Array:
    """Where one variance is zero, in the other."""
    (var,) = plain_variance(var)
    return jnp.where(jnp.isnan(var), jnp.nan, 0).astype(var.dtype)


def _d_nngp(cov12: Array, var1: Array, var2: Array) -> Array:
    """The value."""
    gap12 = gap(cov12, var1, var2)
    inner12 = interior_gap(cov12, var1, var2)
    cov12, var1, var2 = double_inputs(cov12, var1, var2)
    root = sqrt(var2)
    power = 1 / root
    root2 = sqrt(gap12)
    root3 = sqrt(var1)
    power2 = 1 / root3
    root4 = 1 / sqrt(inner12)
    product = root4 * root3
    product2 = root * root4
    power3 = 1 / var1
    product3 = 2 * root4 * power2
    product4 = product3 * cov12
    total = 2 * cov12 - var1
    product5 = root4 * power2
    total2 = cov12 - var1
    product6 = product3 * total2
    total3 = cov12 + var1
    product7 = product3 * total3
    total4 = 2 * cov12 + var1
    product8 = product5 * total4
    product9 = product5 * cov12
    total5 = cov12 - 2 * var1
    product10 = product5 * total3
    product11 = product5 * (cov12 + 2 * var1)
    power4 = 1 / var2
    product12 = 2 * power * root4
    product13 = product12 * cov12
    total6 = 2 * cov12 - var2
    product14 = power * root4
    total7 = cov12 - var2
    product15 = product12 * total7
    total8 = cov12 + var2
    product16 = product12 * total8
    total9 = 2 * cov12 + var2
    product17 = product14 * total9
    product18 = product14 * cov12
    total10 = cov12 - 2 * var2
    product19 = product14 * total8
    product20 = product14 * (cov12 + 2 * var2)
    product21 = root * root3
    product22 = constant(0.7978845608028654, -4.98465440455546e-17)
    product23 = root3 * product22
    product24 = constant(1.5957691216057308, -9.96930880911092e-17)
    product25 = root3 * product24
    product26 = constant(3.1915382432114616, -1.993861761822184e-16)
    product27 = root3 * product26
    product28 = 8 * root3 * product22
    product29 = 16 * root3 * product22
    product30 = root * product24
    product31 = root * product26
    product32 = 8 * root * product22
    product33 = 16 * root * product22
    product34 = product21 / pi
    product35 = 3 * root * constant(1.4142135623730951, -9.667293313452913e-17)
    product36 = 3 * root3 * constant(1.4142135623730951, -9.667293313452913e-17)
    product37 = root2 / pi
    product38 = 9 * product37 * cov12 / 2
    product39 = 18 * root2 * cov12 / pi
    product40 = var1 * var2
    power5 = cov12**2
    total11 = product40 + 2 * power5
    total12 = 6 * total11 + 6 * var1
    total13 = 6 * total11 + 6 * var2
    product41 = 6 * product23 * cov12
    product42 = 12 * product23 * cov12
    product43 = root * product22
    product44 = 6 * product43 * cov12
    product45 = 12 * product43 * cov12
    product46 = 3 * product23 * var2 / 2
    product47 = product36 * var2 / constant(1.772453850905516, -7.666586499825799e-17)
    product48 = 3 * product43 * var1 / 2
    product49 = product35 * var1 / constant(1.772453850905516, -7.666586499825799e-17)
    product50 = product37 * (3 * cov12 - 2)
    product51 = product37 * (3 * cov12 + 2)
    total14 = 3 * product40 / 2 + 3 * power5
    total15 = total14 + 6 * var2
    total16 = total14 + 6 * var1
    product52 = product23 * (total9 + 1)
    product53 = product43 * (total4 + 1)
    total17 = var2 + 4
    product54 = product23 * (total17 + 4 * cov12) / 4
    total18 = var2 + 1
    product55 = product25 * (total18 + 4 * cov12)
    product56 = product23 * (total17 + 8 * cov12) / 2
    total19 = var1 + 4
    product57 = product43 * (total19 + 4 * cov12) / 4
    total20 = var1 + 1
    product58 = product30 * (total20 + 4 * cov12)
    product59 = product43 * (total19 + 8 * cov12) / 2
    total21 = 2 * power5 + total18 * total20
    total22 = 4 * total21 - 16 * cov12
    total23 = 4 * total21 + 16 * cov12
    product60 = total17 * total20
    total24 = 2 * power5 + 8 * cov12
    total25 = product60 + total24
    total26 = power5 / 2 + total17 * total19 / 4
    total27 = total26 - 4 * cov12
    product61 = total18 * total19
    total28 = 2 * power5 - 8 * cov12
    total29 = -product61 - total28
    total30 = total24 + product61
    total31 = total26 + 4 * cov12
    total32 = -product60 - total28
    product62 = product23 * (2 * cov12 - total18)
    product63 = product43 * (2 * cov12 - total20)
    product64 = product23 * (4 * cov12 - total17) / 4
    product65 = product25 * (4 * cov12 - total18)
    product66 = product23 * (8 * cov12 - total17) / 2
    product67 = product43 * (4 * cov12 - total19) / 4
    product68 = product30 * (4 * cov12 - total20)
    product69 = product43 * (8 * cov12 - total19) / 2
    density, density2, density3, density4, density5, density6, density7, density8, density9, density10, density11, density12 = (
        each(exp_Density2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, -2 * power2, 0, cov12, root2), (0, -2 * power2, -2 * power, cov12, root2),
        (0, -2 * power2, -power, cov12, root2), (0, -2 * power2, power, cov12, root2),
        (0, -2 * power2, 2 * power, cov12, root2), (0, -power2, 0, cov12, root2),
        (0, -power2, -2 * power, cov12, root2), (0, -power2, -power, cov12, root2),
        (0, -power2, power, cov12, root2), (0, -power2, 2 * power, cov12, root2))
    )
    normal, normal2, normal3, normal4 = (
        each(exp_Phi, (0, -2 * power2), (0, -power2), (0, power2), (0, 2 * power2))
    )
    normal5, normal6, normal7, normal8 = (
        each(exp_Phi, (0, -2 * power), (0, -power), (0, power), (0, 2 * power))
    )
    normal9, normal10, normal11, normal12, normal13, normal14, normal15, normal16, normal17, normal18, normal19, normal20, normal21, normal22, normal23, normal24, normal25, normal26, normal27, normal28, normal29, normal30, normal31, normal32, normal33, normal34, normal35, normal36, normal37, normal38, normal39, normal40, normal41, normal42, normal43, normal44, normal45, normal46, normal47, normal48, normal49, normal50, normal51, normal52, normal53, normal54, normal55, normal56, normal57, normal58, normal59, normal60, normal61, normal62, normal63, normal64, normal65, normal66, normal67, normal68, normal69, normal70, normal71, normal72 = (
        each(exp_Phi, (0, -2 * product), (0, -product), (0, product), (0, 2 * product), (0, -2 * product2),
        (0, -product2), (0, product2), (0, 2 * product2), (-2 * power3, -2 * power), (-2 * power3, -power),
        (-2 * power3, power), (-2 * power3, 2 * power), (-2 * power3, -product4), (-2 * power3, product4),
        (-2 * power3, -total * product5), (-2 * power3, -product6), (-2 * power3, product6),
        (-2 * power3, -product7), (-2 * power3, product7), (-2 * power3, total * product5),
        (-2 * power3, -product8), (-2 * power3, product8), (-power3 / 2, -2 * power), (-power3 / 2, -power),
        (-power3 / 2, power), (-power3 / 2, 2 * power), (-power3 / 2, -product9), (-power3 / 2, product9),
        (-power3 / 2, -product5 * total2), (-power3 / 2, -product5 * total5),
        (-power3 / 2, product5 * total5), (-power3 / 2, product5 * total2), (-power3 / 2, -product10),
        (-power3 / 2, product10), (-power3 / 2, -product11), (-power3 / 2, product11),
        (-2 * power4, -2 * power2), (-2 * power4, -power2), (-2 * power4, power2), (-2 * power4, 2 * power2),
        (-2 * power4, -product13), (-2 * power4, product13), (-2 * power4, -total6 * product14),
        (-2 * power4, -product15), (-2 * power4, product15), (-2 * power4, -product16),
        (-2 * power4, product16), (-2 * power4, total6 * product14), (-2 * power4, -product17),
        (-2 * power4, product17), (-power4 / 2, -2 * power2), (-power4 / 2, -power2), (-power4 / 2, power2),
        (-power4 / 2, 2 * power2), (-power4 / 2, -product18), (-power4 / 2, product18),
        (-power4 / 2, -product14 * total7), (-power4 / 2, -product14 * total10),
        (-power4 / 2, product14 * total10), (-power4 / 2, product14 * total7), (-power4 / 2, -product19),
        (-power4 / 2, product19), (-power4 / 2, -product20), (-power4 / 2, product20))
    )
    joint, joint2, joint3, joint4, joint5, joint6, joint7, joint8, joint9, joint10, joint11, joint12, joint13, joint14, joint15, joint16, joint17, joint18, joint19, joint20, joint21, joint22, joint23, joint24 = (
        each(exp_Phi2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, 0, power, cov12, root2), (0, 0, 2 * power, cov12, root2), (0, -2 * power2, 0, cov12, root2),
        (0, -2 * power2, -2 * power, cov12, root2), (0, -2 * power2, -power, cov12, root2),
        (0, -2 * power2, power, cov12, root2), (0, -2 * power2, 2 * power, cov12, root2),
        (0, -power2, 0, cov12, root2), (0, -power2, -2 * power, cov12, root2),
        (0, -power2, -power, cov12, root2), (0, -power2, power, cov12, root2),
        (0, -power2, 2 * power, cov12, root2), (0, power2, 0, cov12, root2),
        (0, power2, -2 * power, cov12, root2), (0, power2, -power, cov12, root2),
        (0, power2, power, cov12, root2), (0, power2, 2 * power, cov12, root2),
        (0, 2 * power2, 0, cov12, root2), (0, 2 * power2, -2 * power, cov12, root2),
        (0, 2 * power2, -power, cov12, root2), (0, 2 * power2, power, cov12, root2),
        (0, 2 * power2, 2 * power, cov12, root2))
    )
    total33 = product35 + 2 * normal8 * constant(1.772453850905516, -7.666586499825799e-17)
    total34 = product36 + 2 * normal4 * constant(1.772453850905516, -7.666586499825799e-17)
    total35 = total33 - 2 * normal5 * constant(1.772453850905516, -7.666586499825799e-17)
    total36 = total34 - 2 * normal * constant(1.772453850905516, -7.666586499825799e-17)
    total37 = total35 + 4 * normal6 * constant(1.772453850905516, -7.666586499825799e-17)
    return (
        (by_correlation(cov12, gap12, cov12 * (6 * normal8 * product23
        + (normal18 * product27 + normal46 * product31) + (normal20 * product25 + normal48 * product30)
        + (normal31 * product28 + normal59 * product32) + (normal33 * product29 + normal61 * product33)
        + 18 * product21 / pi + 6 * (product34 * exp(-2 * power3) + product34 * exp(-2 * power4))
        + 2 * product34 * exp(-2 * (power3 + power4)) + 32 * product34 * exp(-(power3 + power4) / 2)
        + 4 * normal2 * total37 / constant(1.772453850905516, -7.666586499825799e-17)
        + 2 * normal4 * total33 / constant(1.772453850905516, -7.666586499825799e-17)
        + 4 * normal6 * total36 / constant(1.772453850905516, -7.666586499825799e-17)
        - (normal17 * product25 + normal45 * product30) - (normal19 * product27 + normal47 * product31)
        - (normal32 * product29 + normal60 * product33) - (normal34 * product28 + normal62 * product32)
        - 24 * (product34 * exp(-power3 / 2) + product34 * exp(-power4 / 2))
        - 8 * (product34 * exp(-2 * power3 - power4 / 2) + product34 * exp(-power3 / 2 - 2 * power4))
        - 2 * normal * total35 / constant(1.772453850905516, -7.666586499825799e-17)
        - 4 * normal3 * (total37 - 4 * normal7 * constant(1.772453850905516, -7.666586499825799e-17))
        / constant(1.772453850905516, -7.666586499825799e-17)
        - 2 * normal5 * total34 / constant(1.772453850905516, -7.666586499825799e-17)
        - 4 * normal7 * (total36 + 4 * normal2 * constant(1.772453850905516, -7.666586499825799e-17))
        / constant(1.772453850905516, -7.666586499825799e-17)), (density * product38 + density3 * product38)
        + (joint17 * total22 + joint13 * total22) + joint18 * total23
        + (joint20 * total15 + joint4 * total16) + (joint21 * total27 + joint9 * total27)
        + (joint22 * total29 + joint14 * total32) + joint24 * total31
        + (normal10 * product42 + normal14 * product45) + (normal12 * product41 + normal16 * product44)
        + (normal21 * product46 + normal49 * product48) + (normal24 * product54 + normal52 * product57)
        + (normal27 * product64 + normal55 * product67) + (normal28 * product52 + normal56 * product53)
        + (normal29 * product62 + normal57 * product63) + (normal36 * product47 + normal64 * product49)
        + (normal37 * product55 + normal65 * product58) + (normal39 * product56 + normal67 * product59)
        + (normal42 * product65 + normal70 * product68) + (normal43 * product66 + normal71 * product69)
        + (joint * total16 + joint5 * total15) + joint6 * total31 + (joint8 * total29 + joint16 * total32)
        + joint12 * total23 + 4 * density11 * product37 * (3 * cov12 - 1)
        + density4 * product37 * (3 * cov12 + 4) / 4 + density7 * product37 * (3 * cov12 - 4) / 4
        + 4 * density10 * product37 * (3 * cov12 + 1) + 9 * by_ratio(root2, -cov12,
        total11 * arc_rest(root2, -cov12, 2) / pi + gap12**2 * sqrt(gap12) / (3 * cov12**3 * pi),
        (total11 * atan2(root2, -cov12) + 3 * root2 * cov12) / pi) / 2
        - (density2 * product39 + density8 * product39) - (joint19 * total25 + joint23 * total30)
        - density12 * product50 - (normal9 * product41 + normal13 * product44)
        - (normal11 * product42 + normal15 * product45) - (normal22 * product46 + normal50 * product48)
        - (normal23 * product52 + normal51 * product53) - (normal25 * product54 + normal53 * product57)
        - (normal26 * product64 + normal54 * product67) - (density5 * product51 + density9 * product51)
        - (normal30 * product62 + normal58 * product63) - (normal35 * product47 + normal63 * product49)
        - (normal38 * product56 + normal66 * product59) - density6 * product50
        - (normal40 * product55 + normal68 * product58) - (normal41 * product65 + normal69 * product68)
        - (normal44 * product66 + normal72 * product69) - (joint2 * total12 + joint10 * total13)
        - (joint3 * total12 + joint15 * total13) - (joint7 * total30 + joint11 * total25))).value
    )


def _d_nngp_slopes(cov12: Array, var1: Array, var2: Array) -> tuple[Array, Array, Array]:
    """By cov12, var1, var2."""
    gap12 = gap(cov12, var1, var2)
    inner12 = interior_gap(cov12, var1, var2)
    cov12, var1, var2 = double_inputs(cov12, var1, var2)
    root = sqrt(var2)
    power = 1 / root
    root2 = sqrt(gap12)
    root3 = sqrt(var1)
    power2 = 1 / root3
    root4 = 1 / sqrt(inner12)
    product = root4 * root3
    product2 = root * root4
    power3 = 1 / var1
    product3 = 2 * root4 * power2
    product4 = product3 * cov12
    total = 2 * cov12 - var1
    product5 = root4 * power2
    total2 = cov12 - var1
    product6 = product3 * total2
    total3 = cov12 + var1
    product7 = product3 * total3
    product8 = product5 * (2 * cov12 + var1)
    product9 = product5 * cov12
    total4 = cov12 - 2 * var1
    product10 = product5 * total3
    total5 = cov12 + 2 * var1
    product11 = product5 * total5
    power4 = 1 / var2
    product12 = 2 * power * root4
    product13 = product12 * cov12
    total6 = 2 * cov12 - var2
    product14 = power * root4
    total7 = cov12 - var2
    product15 = product12 * total7
    total8 = cov12 + var2
    product16 = product12 * total8
    product17 = product14 * (2 * cov12 + var2)
    product18 = product14 * cov12
    total9 = cov12 - 2 * var2
    product19 = product14 * total8
    total10 = cov12 + 2 * var2
    product20 = product14 * total10
    total11 = cov12 + 4
    total12 = cov12 - 4
    total13 = 4 * cov12 + 8
    total14 = 16 * cov12 + 16
    total15 = 16 * cov12 - 16
    total16 = 8 - 4 * cov12
    product21 = root2 / pi
    product22 = constant(0.7978845608028654, -4.98465440455546e-17)
    product23 = root3 * product22
    product24 = root * product22
    product25 = arc_rest(root2, -cov12, 1) / pi
    angle = atan2(root2, -cov12)
    total17 = var2 + 1
    total18 = var2 + 4
    total19 = 3 * var2 / 2 + 6
    total20 = var2 / 4 + 1
    product26 = product22 * power2
    product27 = 3 * product26 * cov12
    product28 = 6 * product26 * cov12
    product29 = product21 * cov12
    product30 = product29 * power3
    product31 = 6 * product21 * cov12
    product32 = product31 * power3
    product33 = power3 * cov12
    product34 = 4 * product33 * product21
    power5 = cov12**2
    product35 = product22 / (var1 * sqrt(var1))
    product36 = power5 * product35
    product37 = product35 * cov12
    product38 = product37 * total3
    product39 = product37 * total2
    product40 = product37 * total4 / 4
    product41 = product37 * total5 / 4
    product42 = 2 * product35 * cov12
    product43 = product42 * total4
    product44 = product37 * (cov12 - 4 * var1) / 2
    product45 = product42 * total5
    product46 = product37 * (cov12 + 4 * var1) / 2
    product47 = gap12 * sqrt(gap12) / (cov12 * pi)
    product48 = root2 * cov12
    total21 = var1 + 4
    total22 = var1 + 1
    total23 = 3 * var1 / 2 + 6
    total24 = var1 / 4 + 1
    product49 = power * product22
    product50 = 3 * product49 * cov12
    product51 = 6 * product49 * cov12
    product52 = product29 * power4
    product53 = product31 * power4
    product54 = power4 * cov12
    product55 = 4 * product54 * product21
    product56 = product22 / (var2 * sqrt(var2))
    product57 = power5 * product56
    product58 = product56 * cov12
    product59 = product58 * total8
    product60 = product58 * total7
    product61 = product58 * total9 / 4
    product62 = product58 * total10 / 4
    product63 = 2 * product56 * cov12
    product64 = product63 * total9
    product65 = product58 * (cov12 - 4 * var2) / 2
    product66 = product63 * total10
    product67 = product58 * (cov12 + 4 * var2) / 2
    density, density2, density3, density4, density5, density6, density7, density8, density9, density10, density11, density12, density13, density14, density15, density16 = (
        each(exp_Density2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, -2 * power2, 0, cov12, root2), (0, -2 * power2, -power, cov12, root2),
        (0, -2 * power2, power, cov12, root2), (0, -2 * power2, 2 * power, cov12, root2),
        (0, -power2, 0, cov12, root2), (0, -power2, -2 * power, cov12, root2),
        (0, -power2, -power, cov12, root2), (0, -power2, power, cov12, root2),
        (0, -power2, 2 * power, cov12, root2), (0, power2, -2 * power, cov12, root2),
        (0, power2, -power, cov12, root2), (0, 2 * power2, -2 * power, cov12, root2),
        (0, 2 * power2, -power, cov12, root2), (0, 2 * power2, 2 * power, cov12, root2))
    )
    normal, normal2, normal3, normal4, normal5, normal6, normal7, normal8, normal9, normal10, normal11, normal12, normal13, normal14, normal15, normal16, normal17, normal18, normal19, normal20, normal21, normal22, normal23, normal24, normal25, normal26, normal27, normal28, normal29, normal30, normal31, normal32, normal33, normal34, normal35, normal36, normal37, normal38, normal39, normal40, normal41, normal42, normal43, normal44, normal45, normal46, normal47, normal48 = (
        each(exp_Phi, (0, -2 * product), (0, -product), (0, product), (0, 2 * product), (0, -2 * product2),
        (0, -product2), (0, product2), (0, 2 * product2), (-2 * power3, -product4), (-2 * power3, product4),
        (-2 * power3, -total * product5), (-2 * power3, -product6), (-2 * power3, product6),
        (-2 * power3, -product7), (-2 * power3, product7), (-2 * power3, total * product5),
        (-2 * power3, -product8), (-2 * power3, product8), (-power3 / 2, -product9), (-power3 / 2, product9),
        (-power3 / 2, -product5 * total2), (-power3 / 2, -product5 * total4),
        (-power3 / 2, product5 * total4), (-power3 / 2, product5 * total2), (-power3 / 2, -product10),
        (-power3 / 2, product10), (-power3 / 2, -product11), (-power3 / 2, product11),
        (-2 * power4, -product13), (-2 * power4, product13), (-2 * power4, -total6 * product14),
        (-2 * power4, -product15), (-2 * power4, product15), (-2 * power4, -product16),
        (-2 * power4, product16), (-2 * power4, total6 * product14), (-2 * power4, -product17),
        (-2 * power4, product17), (-power4 / 2, -product18), (-power4 / 2, product18),
        (-power4 / 2, -product14 * total7), (-power4 / 2, -product14 * total9),
        (-power4 / 2, product14 * total9), (-power4 / 2, product14 * total7), (-power4 / 2, -product19),
        (-power4 / 2, product19), (-power4 / 2, -product20), (-power4 / 2, product20))
    )
    joint, joint2, joint3, joint4, joint5, joint6, joint7, joint8, joint9, joint10, joint11, joint12, joint13, joint14, joint15, joint16, joint17, joint18, joint19, joint20, joint21, joint22, joint23, joint24 = (
        each(exp_Phi2, (0, 0, -2 * power, cov12, root2), (0, 0, -power, cov12, root2),
        (0, 0, power, cov12, root2), (0, 0, 2 * power, cov12, root2), (0, -2 * power2, 0, cov12, root2),
        (0, -2 * power2, -2 * power, cov12, root2), (0, -2 * power2, -power, cov12, root2),
        (0, -2 * power2, power, cov12, root2), (0, -2 * power2, 2 * power, cov12, root2),
        (0, -power2, 0, cov12, root2), (0, -power2, -2 * power, cov12, root2),
        (0, -power2, -power, cov12, root2), (0, -power2, power, cov12, root2),
        (0, -power2, 2 * power, cov12, root2), (0, power2, 0, cov12, root2),
        (0, power2, -2 * power, cov12, root2), (0, power2, -power, cov12, root2),
        (0, power2, power, cov12, root2), (0, power2, 2 * power, cov12, root2),
        (0, 2 * power2, 0, cov12, root2), (0, 2 * power2, -2 * power, cov12, root2),
        (0, 2 * power2, -power, cov12, root2), (0, 2 * power2, power, cov12, root2),
        (0, 2 * power2, 2 * power, cov12, root2))
    )
    product68 = density16 * product21
    product69 = density6 * product21
    product70 = normal12 * product23
    product71 = normal15 * product23
    product72 = normal32 * product24
    product73 = normal35 * product24
    product74 = normal11 * product23
    product75 = normal13 * product23
    product76 = normal14 * product23
    product77 = normal16 * product23
    product78 = normal17 * product23
    product79 = normal18 * product23
    product80 = normal31 * product24
    product81 = normal33 * product24
    product82 = normal34 * product24
    product83 = normal36 * product24
    product84 = normal37 * product24
    product85 = normal38 * product24
    by_cov12 = (
        (product68 + product69 + (product70 + product72) + (product71 + product73)
        + 2 * (product77 + product83) + 2 * (product78 + product84)
        + 6 * (density * product21 + density3 * product21) + 12 * (normal2 * product23 + normal6 * product24)
        + 6 * (normal4 * product23 + normal8 * product24) + 8 * (normal21 * product23 + normal41 * product24)
        + 4 * (normal23 * product23 + normal43 * product24)
        + 8 * (normal26 * product23 + normal46 * product24)
        + 4 * (normal27 * product23 + normal47 * product24) + 6 * (joint * cov12 + joint5 * cov12)
        + 6 * (joint4 * cov12 + joint20 * cov12) + joint6 * total11 + (joint8 * total16 + joint16 * total16)
        + (joint9 * total12 + joint21 * total12) + joint12 * total14
        + (joint13 * total15 + joint17 * total15) + (joint14 * total16 + joint22 * total16)
        + 16 * density9 * product21 + joint18 * total14 + joint24 * total11 + 16 * density10 * product21
        + 18 * by_ratio(root2, -cov12, product25 * cov12, (root2 + angle * cov12) / pi)
        - 2 * (product74 + product80) - (product75 + product81) - (product76 + product82)
        - 2 * (product79 + product85) - 24 * (density2 * product21 + density7 * product21)
        - 4 * density11 * product21 - 6 * (normal * product23 + normal5 * product24)
        - 12 * (normal3 * product23 + normal7 * product24)
        - 4 * (density4 * product21 + density8 * product21)
        - 4 * (normal22 * product23 + normal42 * product24)
        - 8 * (normal24 * product23 + normal44 * product24) - 4 * density5 * product21
        - 8 * (normal25 * product23 + normal45 * product24)
        - 4 * (normal28 * product23 + normal48 * product24) - 24 * (joint2 * cov12 + joint10 * cov12)
        - 24 * (joint3 * cov12 + joint15 * cov12) - (joint7 * total13 + joint11 * total13)
        - (joint19 * total13 + joint23 * total13)).value
    )
    by_var1 = (
        (product72 / 4 + product82 / 4 + product83 + product85 + 3 * density * product30 / 2
        + normal2 * product28 + normal4 * product27 + 3 * density3 * product30 / 2
        + 3 * normal10 * product36 / 2 + normal11 * product39 + normal13 * product40 + normal15 * product41
        + normal17 * product38 + 3 * normal19 * product36 + normal22 * product44 + normal24 * product43
        + normal26 * product45 + normal27 * product46 + 3 * normal29 * product24 / 2
        + 3 * normal40 * product24 + 2 * normal41 * product24 + normal43 * product24 / 2
        + 2 * normal45 * product24 + normal48 * product24 / 2 + joint * total19 + joint4 * total19
        + 3 * joint5 * var2 / 2 + joint6 * total20 + joint9 * total20 + 4 * joint12 * total17
        + 4 * joint13 * total17 + density9 * product34 + 4 * joint17 * total17 + 4 * joint18 * total17
        + 3 * joint20 * var2 / 2 + joint21 * total20 + joint24 * total20 + density10 * product34
        + product33 * product68 / 4 + product33 * product69 / 4
        + 9 * by_ratio(root2, -cov12, product25 * var2 - product47 * power3,
        (product48 * power3 + angle * var2) / pi) / 2 - product73 / 4 - product80 - product81 / 4 - product84
        - density2 * product32 - density11 * product30 - normal * product27 - normal3 * product28
        - 3 * normal9 * product36 / 2 - normal12 * product40 - normal14 * product41 - density4 * product30
        - normal16 * product39 - normal18 * product38 - 3 * normal20 * product36 - normal21 * product43
        - normal23 * product44 - density5 * product30 - normal25 * product45 - normal28 * product46
        - 3 * normal30 * product24 / 2 - 3 * normal39 * product24 - normal42 * product24 / 2
        - 2 * normal44 * product24 - density7 * product32 - 2 * normal46 * product24
        - normal47 * product24 / 2 - 6 * joint2 * total17 - 6 * joint3 * total17 - density8 * product30
        - joint7 * total17 - joint8 * total17 - 6 * joint10 * var2 - joint11 * total18 - joint14 * total18
        - 6 * joint15 * var2 - joint16 * total18 - joint19 * total18 - joint22 * total17
        - joint23 * total17).value
    )
    by_var2 = (
        (product70 / 4 + product76 / 4 + product77 + product79 + 3 * density * product52 / 2
        + density13 * product55 + density14 * product52 / 4 + 3 * density3 * product52 / 2
        + normal6 * product51 + normal8 * product50 + 3 * normal9 * product23 / 2 + 3 * normal20 * product23
        + 2 * normal21 * product23 + normal23 * product23 / 2 + 2 * normal25 * product23
        + normal28 * product23 / 2 + 3 * normal30 * product57 / 2 + normal31 * product60
        + normal33 * product61 + normal35 * product62 + normal37 * product59 + 3 * normal39 * product57
        + normal42 * product65 + normal44 * product64 + normal46 * product66 + normal47 * product67
        + 3 * joint * var1 / 2 + 3 * joint4 * var1 / 2 + joint5 * total23 + joint6 * total24
        + joint9 * total24 + 4 * joint12 * total22 + 4 * joint13 * total22 + density9 * product55
        + 4 * joint17 * total22 + 4 * joint18 * total22 + joint20 * total23 + joint21 * total24
        + joint24 * total24 + product54 * product68 / 4 + 9
        * by_ratio(root2, -cov12, product25 * var1 - product47 * power4,
        (product48 * power4 + angle * var1) / pi) / 2 - product71 / 4 - product74 - product75 / 4 - product78
        - density2 * product53 - density12 * product52 - density15 * product52 - normal5 * product50
        - normal7 * product51 - 3 * normal10 * product23 / 2 - density4 * product52
        - 3 * normal19 * product23 - normal22 * product23 / 2 - 2 * normal24 * product23
        - 2 * normal26 * product23 - normal27 * product23 / 2 - 3 * normal29 * product57 / 2
        - normal32 * product61 - normal34 * product62 - normal36 * product60 - normal38 * product59
        - 3 * normal40 * product57 - normal41 * product64 - normal43 * product65 - density7 * product53
        - normal45 * product66 - normal48 * product67 - 6 * joint2 * var1 - 6 * joint3 * var1
        - density8 * product52 - joint7 * total21 - joint8 * total21 - 6 * joint10 * total22
        - joint11 * total22 - joint14 * total22 - 6 * joint15 * total22 - joint16 * total22
        - joint19 * total22 - joint22 * total21 - joint23 * total21).value
    )
    return by_cov12, by_var1, by_var2


def d_nngp_fn(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> Array:
    """E[f'(X) f'(Y)], the derivative by cov12."""
    return with_slopes(_d_nngp, _d_nngp_slopes, cov12, var1, var2, edge=_d_nngp_edge)


def nngp_and_d_nngp_fn(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> tuple[Array, Array]:
    """Both kernels."""
    return nngp_fn(cov12, var1, var2), d_nngp_fn(cov12, var1, var2)


def variance_fn(var: ArrayLike) -> Array:
    """E[f(X)^2] = nngp_fn(var, var, var)."""
    (var,) = double_variance(var)
    root = sqrt(var)
    power = 1 / root
    product = constant(0.7978845608028654, -4.98465440455546e-17)
    power2 = var**2
    power3 = var**3
    total = 5 * power2 + 5 * power3 / 12 + 20 * var / 3 + constant(1.7777777777777777, 9.868649107779169e-17)
    total2 = 2 * power2 + 8 * var + constant(1.3333333333333333, 7.401486830834377e-17) - 10 * power3 / 3
    power4 = 1 / var
    product2 = root * product
    normal, normal2, normal3, normal4 = (
        each(exp_Phi, (0, -2 * power), (0, -power), (0, power), (0, 2 * power))
    )
    return (
        (normal2 * total2 + normal4 * total + 2 * product2 * (3 * power2 - 10 * var - 2) * exp(-power4 / 2)
        / 3 + product2 * (3 * var + 4) * (11 * var + 4) * exp(-2 * power4) / 18 - normal * total
        - normal3 * total2 - 4 * product * var * sqrt(var) * (6 * var - 1) / 3).value
    )


def BSpline() -> Layer:
    """``neural_tangents.stax`` layer: the cubic B-spline with knots -2, -1, 0, 1, 2.

    Returns:
        ``(init_fn, apply_fn, kernel_fn)``.
    """
    return layer("BSpline", fn, nngp_fn, d_nngp_fn)
