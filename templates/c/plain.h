/* What a machine without vectors and without a library needs beside functions.h, one number at a time. */

/* Of infinity and of NaN the exponent has all bits; NaN has more. */
#define INFINITY vec_of((word)(2 * BIAS + 1) << FRACTION_BITS)
#define NAN vec_of((word)(4 * BIAS + 3) << (FRACTION_BITS - 1))

/* The entry of a table at a whole number; NaN of NaN. */
INLINE vec entry(const real *entries, vec k) { return k == k ? entries[(int)k] : k; }

/* Right to one unit in the last place: half the exponent is a guess that is 6 % off, and each of Newton's steps doubles
 * its digits. */
INLINE vec square_root(vec x) {
    if (!(x > R(0)) || x == (real)INFINITY) return x < R(0) ? (real)NAN : x;
    const vec scale = x < SMALLEST_NORMAL ? TWO_TO_FRACTION_BITS : R(1), square = x * scale * scale;
    vec root = vec_of((bits_of(square) >> 1) + ((word)BIAS << (FRACTION_BITS - 1)));
    for (int step = 0; step < 4; step++) root = R(0.5) * (root + square / root);
    return root / scale;
}

/* y = a x; the rows of a follow each other. */
static inline void multiply(real *y, const real *a, const real *x, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
        real sum = R(0);
        for (int column = 0; column < columns; column++) sum += *a++ * x[column];
        y[row] = sum;
    }
}

/* y += a x. */
static inline void multiply_onto(real *y, const real *a, const real *x, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
        real sum = R(0);
        for (int column = 0; column < columns; column++) sum += *a++ * x[column];
        y[row] += sum;
    }
}

/* y += (v - transpose of v) x, for each of the square blocks v that follow each other. */
static inline void multiply_skew_onto(real *y, const real *v, const real *x, int blocks, int size) {
    for (; blocks > 0; blocks--, v += (long)size * size, y += size)
        for (int row = 0; row < size; row++)
            for (int column = 0; column < size; column++)
                y[row] += (v[(long)row * size + column] - v[(long)column * size + row]) * x[column];
}
static inline void multiply_skew(real *y, const real *v, const real *x, int blocks, int size) {
    for (int k = 0; k < blocks * size; k++) y[k] = R(0);
    multiply_skew_onto(y, v, x, blocks, size);
}

/* y += b */
static inline void add(real *y, const real *b, int count) {
    for (int k = 0; k < count; k++) y[k] += b[k];
}
static inline void copy(real *to, const real *from, int count) {
    for (int k = 0; k < count; k++) to[k] = from[k];
}
