/* Sine, cosine, tangent and their inverses. Read by functions.h. */
#ifndef TRIGONOMETRIC_H
#define TRIGONOMETRIC_H

/* x = turns pi/2 + rest with |rest| <= pi/4; of the integer `turns` the last two bits count. */
typedef struct {
    vec turns;
    Pair rest;
} Angle;

/* Up to here the products of the first parts of pi/2 with the number of turns are exact. */
#ifdef DOUBLE
#define ANGLE_LIMIT R(1e6)
#else
#define ANGLE_LIMIT R(1500)
#endif

/* The turns in x >= 1, modulo 4, and what is left over of one, between -1/2 and 1/2, in *high + *low (M. H. Payne and
 * R. N. Hanek 1983). x is m 2^e with an integer m: of m 2^e 2/pi, 32 bits before the point and 192 behind it are worked
 * out. Those further ahead are whole circles. The last 53 are wrong, for want of further bits of 2/pi, and as many as
 * 62 of the first may be alike, so close can a double come to a turn: that leaves 77. */
static inline real turns_of(double x, real *high, real *low) {
    enum { WORDS = 7 };
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    const uint64_t m = (b & 0xfffffffffffffu) | 0x10000000000000u;
    const int first = (int)(b >> 52) - 1011; /* of the bits that count; the table begins with 96 zeros */
    const uint32_t *from = TWO_OVER_PI_BITS + first / 32;

    uint32_t result[WORDS] = {0}; /* the lowest first */
    for (int place = 0; place < 2; place++) {
        uint64_t digit = place ? m >> 32 : m & 0xffffffffu, carry = 0;
        for (int i = 0; i + place < WORDS; i++) {
            uint64_t two = (uint64_t)from[WORDS - 1 - i] << 32 | from[WORDS - i];
            carry += digit * (two << first % 32 >> 32) + result[i + place];
            result[i + place] = (uint32_t)carry;
            carry >>= 32;
        }
    }

    const int over = result[WORDS - 2] >> 31 != 0; /* more than half a turn: one more, and minus what it lacks */
    double sum = 0, rest = 0, unit = over ? -1 : 1;
    for (int i = WORDS - 2; i >= 0; i--) {
        unit /= 4294967296.0;
        double term = unit * (over ? ~result[i] : result[i]), before = sum;
        sum = before + term;
        rest += term - (sum - before);
    }
    *high = (real)sum;
    *low = (real)(sum - (double)*high + rest);
    return (real)((result[WORDS - 1] + (uint32_t)over) & 3);
}

/* One lane after the other: such angles are rare. */
static inline Angle far_angle(vec x) {
    real lanes[LANES], turns[LANES], high[LANES], low[LANES];
    store(lanes, magnitude(x));
    for (int i = 0; i < LANES; i++) {
        int far = lanes[i] > ANGLE_LIMIT && lanes[i] < (real)INFINITY;
        turns[i] = turns_of(far ? (double)lanes[i] : 1, &high[i], &low[i]);
        high[i] += lanes[i] < (real)INFINITY ? 0 : (real)NAN;
    }
    Pair rest = product_of_pairs((Pair){load(high), load(low)}, (Pair){splat(HALF_PI_HIGH), splat(HALF_PI_LOW)});
    vec sign = where(x < R(0), splat(-1), splat(1));
    return (Angle){sign * load(turns), {sign * rest.high, sign * rest.low}};
}

INLINE Angle angle(vec x) {
    vec n = nearest(x * TWO_OVER_PI);
    Pair rest = {x - n * HALF_PI_PARTS[0], splat(0)};
    UNROLL for (int i = 1; i < 4; i++) {
        Pair next = exact_sum(rest.high, -n * HALF_PI_PARTS[i]);
        rest = (Pair){next.high, rest.low + next.low};
    }
    rest = ordered_sum(rest.high, rest.low);

    mask far = opposite(magnitude(x) <= ANGLE_LIMIT);
    if (any(far)) {
        Angle other = far_angle(x);
        n = where(far, other.turns, n);
        rest = (Pair){where(far, other.rest.high, rest.high), where(far, other.rest.low, rest.low)};
    }
    return (Angle){n, rest};
}

INLINE Pair sine_of_rest(Pair r) {
    vec z = r.high * r.high;
    return ordered_sum(r.high, r.high * z * POLYNOMIAL(z, SIN) + r.low * (R(1) - R(0.5) * z));
}
INLINE Pair cosine_of_rest(Pair r) {
    vec z = r.high * r.high, half = R(0.5) * z, main = R(1) - half;
    return ordered_sum(main, ((R(1) - main) - half) + (z * z * POLYNOMIAL(z, COS) - r.high * r.low));
}

/* The sine after some more quarters of a circle. */
INLINE Pair turned_sine(Angle a, real more) {
    bits turns = bits_of(a.turns + (ROUNDER + more)), sign = (turns & (word)2) << (8 * sizeof(real) - 2);
    mask odd = (turns & (word)1) != (word)0;
    Pair sine = sine_of_rest(a.rest), cosine = cosine_of_rest(a.rest);
    vec high = where(odd, cosine.high, sine.high), low = where(odd, cosine.low, sine.low);
    return (Pair){vec_of(bits_of(high) ^ sign), vec_of(bits_of(low) ^ sign)};
}

INLINE vec vsin(vec x) { return where(x == R(0), x, turned_sine(angle(x), 0).high); }
INLINE vec vcos(vec x) { return turned_sine(angle(x), 1).high; }
INLINE vec vtan(vec x) {
    Angle a = angle(x);
    return where(x == R(0), x, quotient(turned_sine(a, 0), turned_sine(a, 1)).high);
}

/* ------------------------------------------------------------------------------------------------- inverses */

/* atan x = base + atan t, where base is 0, pi/4 or pi/2, whichever leaves |t| <= tan(pi/8). */
INLINE vec vatan(vec x) {
    vec size = magnitude(x);
    mask middle = size > R(0.41421356237309505), far = size > R(2.414213562373095);
    vec above = where(far, splat(-1), where(middle, size - R(1), size));
    vec below = where(far, size, where(middle, size + R(1), splat(1)));
    vec base = where(far, splat(1), where(middle, splat(R(0.5)), splat(0)));
    vec t = above / below, z = t * t;
    vec rest = t + (t * z * POLYNOMIAL(z, ATAN) + base * HALF_PI_LOW);
    return with_sign_of(x, base * HALF_PI_HIGH + rest);
}

/* asin s = s + rest for s <= 1/2; above, asin x = pi/2 - 2 asin s with s^2 = (1 - x) / 2. */
typedef struct {
    mask above;
    vec s, rest;
} Arc;

INLINE Arc arc(vec size) {
    mask above = size > R(0.5);
    vec z = where(above, R(0.5) - R(0.5) * size, size * size), s = where(above, square_root(z), size);
    return (Arc){above, s, s * z * POLYNOMIAL(z, ASIN)};
}

INLINE vec vasin(vec x) {
    Arc a = arc(magnitude(x));
    vec above = HALF_PI_HIGH - (R(2) * a.s + (R(2) * a.rest - HALF_PI_LOW));
    return with_sign_of(x, where(a.above, above, a.s + a.rest));
}
INLINE vec vacos(vec x) {
    Arc a = arc(magnitude(x));
    vec twice = R(2) * (a.s + a.rest), beyond = R(2) * HALF_PI_HIGH - (twice - R(2) * HALF_PI_LOW);
    vec near = HALF_PI_HIGH - (x + (with_sign_of(x, a.rest) - HALF_PI_LOW));
    return where(a.above, where(x < R(0), beyond, twice), near);
}

#endif
