/* x^y = e^(y ln x). An error of ln x counts |y ln x| times, up to 2^10: the logarithm and the product are pairs.
 * Read by functions.h.
 */
#ifndef POWER_H
#define POWER_H

/* ln x = exponent ln 2 + 2 s + s^3 (2/3 + s^2 P(s^2)), s = f / (2 + f), for x positive and finite. */
INLINE Pair logarithm_pair(vec x) {
    Parts p = parts_of_any(x);
    Pair s = quotient((Pair){p.fraction, splat(0)}, ordered_sum(splat(2), p.fraction)), z = product_of_pairs(s, s);
    Pair slow = ordered_sum(splat(TWO_THIRDS_HIGH), z.high * POLYNOMIAL(z.high, POW) + TWO_THIRDS_LOW);
    Pair rest = product_of_pairs(product_of_pairs(z, s), slow);
    Pair main = ordered_sum(p.exponent * LN2_HIGH, R(2) * s.high), all = ordered_sum(main.high, rest.high);
    return ordered_sum(all.high, all.low + (main.low + (p.exponent * LN2_LOW + (R(2) * s.low + rest.low))));
}

INLINE mask is_integer(vec size) { return nearest_of_size(size) == size; }

/* The special cases are those of pow in C99, annex F. */
INLINE vec vpow(vec x, vec y) {
    vec size = magnitude(x), enough = splat((real)(1ull << 63)), zero = splat(0), infinity = splat((real)INFINITY);
    Pair ln = logarithm_pair(where(both(size > zero, size < infinity), size, splat(1)));
    Pair product_of_both = product_of_pairs((Pair){where(y > enough, enough, where(y < -enough, -enough, y)), zero}, ln);
    vec argument = at_most(at_least(product_of_both.high, EXP_LOWEST), EXP_HIGHEST);
    Exponential e = exponential(argument, where(argument == product_of_both.high, product_of_both.low, zero));
    vec result = scaled(e.excess + R(1), e.power);

    mask whole = is_integer(magnitude(y)), odd = both(whole, opposite(is_integer(magnitude(y) * R(0.5))));
    mask vanishes = either(both(size == zero, y > zero), both(size == infinity, y < zero));
    result = where(either(size == zero, size == infinity), where(vanishes, zero, infinity), result);
    result = where(odd, with_sign_of(x, result), result);
    result = where(both(both(x < zero, x > -infinity), opposite(whole)), splat((real)NAN), result);
    result = where(either(x != x, y != y), x + y, result);
    return where(either(y == zero, x == R(1)), splat(1), result);
}

#endif
