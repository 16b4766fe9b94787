/* The functions of templates/c/functions.h on arrays, and those of the C library beside them. */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <time.h>

#include "functions.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : isnan(x) ? x : log1p(exp(x)); }
static double sign(double x) { return (x > 0) - (x < 0); }

#define ONE(X) X(exp) X(expm1) X(sigmoid) X(tanh) X(sinh) X(cosh) X(log) X(log1p) X(softplus) X(erf) \
    X(erfc) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(floor) X(sign)

#define OURS(f) \
    static void ours_##f(const real *x, const real *y, real *to, long n) { \
        (void)y; \
        for (long i = 0; i < n; i += LANES) store(to + i, v##f(load(x + i))); \
    }
ONE(OURS)

#define OURS_OF_TWO(name, f) \
    static void ours_##name(const real *x, const real *y, real *to, long n) { \
        for (long i = 0; i < n; i += LANES) store(to + i, f(load(x + i), load(y + i))); \
    }
OURS_OF_TWO(pow, vpow)
OURS_OF_TWO(minimum, minimum)
OURS_OF_TWO(maximum, maximum)

#define LIBRARY(f) \
    static double library_##f(double x, double y) { return (void)y, f(x); }
ONE(LIBRARY)
static double library_minimum(double x, double y) { return isnan(x) || x < y ? x : y; }
static double library_maximum(double x, double y) { return isnan(x) || x > y ? x : y; }

#define ROW(f) {#f, ours_##f, library_##f},
static const struct {
    const char *name;
    void (*ours)(const real *, const real *, real *, long);
    double (*library)(double, double);
} FUNCTIONS[] = {
    ONE(ROW){"pow", ours_pow, pow},
    {"minimum", ours_minimum, library_minimum},
    {"maximum", ours_maximum, library_maximum},
};

/* The name of a function; 0 behind the last one. */
const char *name(int f) { return f < (int)(sizeof FUNCTIONS / sizeof *FUNCTIONS) ? FUNCTIONS[f].name : 0; }
int lanes(void) { return LANES; }

/* n is a multiple of the lanes. */
void ours(int f, const real *x, const real *y, real *to, long n) { FUNCTIONS[f].ours(x, y, to, n); }

/* The C library's value. */
double library(int f, double x, double y) { return FUNCTIONS[f].library(x, y); }

/* The sum of n numbers, fewer than there are lanes or as many, which are copied as well. */
double copy(const real *from, real *to, int n) {
    vec x = load_some(from, n);
    store_some(to, x, n);
    return (double)sum_of(x);
}

static double nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds an element, the best of some rounds: ours, or the library's function on doubles. */
double time_of(int f, int of_library, const real *x, const real *y, real *to, long n) {
    double best = 1e30;
    for (int round = 0; round < 100; round++) {
        double begin = nanoseconds();
        if (of_library)
            for (long i = 0; i < n; i++) to[i] = (real)FUNCTIONS[f].library((double)x[i], (double)y[i]);
        else
            FUNCTIONS[f].ours(x, y, to, n);
        double passed = (nanoseconds() - begin) / (double)n;
        if (passed < best) best = passed;
    }
    return best;
}

#ifndef DOUBLE
/* Every step-th float: the largest error in units in the last place against the library in double precision, where it
 * is, and the bits of at most `most` floats whose error is above the limit or whose special value is another one. */
long sweep(int f, uint64_t step, double limit, double *worst, float *where_worst, uint32_t *suspects, long most) {
    enum { MANY = 4096 };
    static float x[MANY], to[MANY];
    long found = 0;
    *worst = 0;
    *where_worst = 0;
    for (uint64_t next = 0; next < (uint64_t)1 << 32;) {
        int n = 0;
        for (; n < MANY && next < (uint64_t)1 << 32; n++, next += step) {
            uint32_t b = (uint32_t)next;
            memcpy(x + n, &b, sizeof b);
        }
        FUNCTIONS[f].ours(x, x, to, MANY);
        for (int i = 0; i < n; i++) {
            double right = FUNCTIONS[f].library((double)x[i], 0), error = 0;
            int exponent;
            if (isfinite(to[i]) && isfinite(right) && right != 0) {
                frexp(right, &exponent);
                error = fabs((double)to[i] - right) * ldexp(1, 24 - (exponent < -125 ? -125 : exponent));
            } else if (isnan(right) ? !isnan(to[i]) : to[i] != (float)right || !signbit(to[i]) != !signbit(right)) {
                error = INFINITY;
            }
            if (error > limit) {
                if (found < most) memcpy(suspects + found, x + i, sizeof *suspects);
                found++;
            } else if (error > *worst) {
                *worst = error;
                *where_worst = x[i];
            }
        }
    }
    return found;
}
#endif
