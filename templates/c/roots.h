/* Of infinity and of NaN the exponent has all bits; NaN has more. */
#define INFINITY vec_of((word)(2 * BIAS + 1) << FRACTION_BITS)
#define NAN vec_of((word)(4 * BIAS + 3) << (FRACTION_BITS - 1))

/* The square root where neither the machine nor its library has one, right to one unit in the last place: half the
 * exponent is a guess that is 6 % off, and each of Newton's steps doubles its digits.
 */
INLINE vec square_root(vec x) {
    if (!(x > R(0)) || x == (real)INFINITY) return x < R(0) ? (real)NAN : x;
    const vec scale = x < SMALLEST_NORMAL ? TWO_TO_FRACTION_BITS : R(1), square = x * scale * scale;
    vec root = vec_of((bits_of(square) >> 1) + ((word)BIAS << (FRACTION_BITS - 1)));
    for (int step = 0; step < 4; step++) root = R(0.5) * (root + square / root);
    return root / scale;
}
