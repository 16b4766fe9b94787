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

/* Once |y| is so large, x^y is 0, 1 or infinite for every x. */
#define LARGEST_POWER ((real)((uint64_t)1 << 63))

/* The special cases are those of pow in C99, annex F. */
INLINE vec vpow(vec x, vec y) {
    const vec zero = splat(0), infinity = splat((real)INFINITY);
    vec size = magnitude(x);
    mask ordinary = both(size > zero, size < infinity);
    Pair exponent = {at_most(at_least(y, -LARGEST_POWER), LARGEST_POWER), zero};
    Pair p = product_of_pairs(exponent, logarithm_pair(where(ordinary, size, splat(1))));
    vec within = at_most(at_least(p.high, EXP_LOWEST), EXP_HIGHEST);
    Exponential e = exponential(within, where(within == p.high, p.low, zero));
    vec result = scaled(e.excess + R(1), e.power);

    mask whole = is_integer(magnitude(y)), odd = both(whole, opposite(is_integer(magnitude(y) * R(0.5))));
    mask vanishes = either(both(size == zero, y > zero), both(size == infinity, y < zero));
    result = where(ordinary, result, where(vanishes, zero, infinity));
    result = where(odd, with_sign_of(x, result), result);
    result = where(both(both(x < zero, ordinary), opposite(whole)), splat((real)NAN), result);
    result = where(either(x != x, y != y), x + y, result);
    return where(either(y == zero, x == R(1)), splat(1), result);
}

#endif
