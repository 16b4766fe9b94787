/* Seconds that the products of templates/c take, on one thread: the best of several batches, in time of the processor,
 * so that others who share the machine count as little as they can. */
#define _POSIX_C_SOURCE 200112L
#include <stdlib.h>
#include <time.h>

#include "accumulate.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Some numbers of size one; none is denormal. */
static real *numbers(long n) {
    void *memory;
    if (posix_memalign(&memory, 64, (size_t)(n + LANES) * sizeof(real))) abort();
    for (long i = 0; i < n + LANES; i++) ((real *)memory)[i] = R(i * 37 % 101 - 50) / 50;
    return memory;
}

/* Sets `best` to the seconds of one run of the statement: a batch takes two milliseconds or more. */
#define BEST(best, ...)                                                  \
    for (long runs = 1, batch = 0; batch < 15;) {                        \
        const double begin = now();                                      \
        for (long i = 0; i < runs; i++) __VA_ARGS__;                     \
        const double seconds = now() - begin;                            \
        if (batch == 0 && seconds < 2e-3) {                              \
            runs *= 2;                                                   \
            continue;                                                    \
        }                                                                \
        if (batch++ == 0 || seconds / (double)runs < best)               \
            best = seconds / (double)runs;                               \
    }

static volatile real sink;

long lanes(void) { return LANES; }

/* Operations a second: twelve sums that do not wait for each other. */
double peak(void) {
    enum { CHAINS = 12, ROUNDS = 10000 };
    vec sums[CHAINS];
    for (int c = 0; c < CHAINS; c++) sums[c] = splat(0);
    const vec a = splat(R(0.999)), b = splat(R(0.001));
    double best = 0;
    BEST(best, for (int round = 0; round < ROUNDS; round++)
                   UNROLL for (int c = 0; c < CHAINS; c++) sums[c] = sums[c] * a + b)
    for (int c = 0; c < CHAINS; c++) sink = sum_of(sums[c]);
    return 2.0 * CHAINS * ROUNDS * LANES / best;
}

/* Bytes a second, of `bytes` that are read again and again. */
double bandwidth(long bytes) {
    const long n = bytes / (long)sizeof(real) / (8 * LANES) * (8 * LANES);
    real *from = numbers(n);
    double best = 0;
    BEST(best, {
        vec sums[8];
        UNROLL for (int c = 0; c < 8; c++) sums[c] = splat(0);
        for (long at = 0; at < n; at += 8 * LANES)
            UNROLL for (int c = 0; c < 8; c++) sums[c] += load(from + at + c * LANES);
        for (int c = 0; c < 8; c++) sink = sum_of(sums[c]);
    })
    free(from);
    return (double)(n * (long)sizeof(real)) / best;
}

double product_seconds(long rows, long N, long G, long K) {
    const long panels = wide_panels(N, (int)G), width = panels_together((int)G) * G * LANES;
    real *A = numbers(rows * K), *W = numbers(panels * width * K);
    real *C = numbers(width), *O = numbers(panels * rows * width);
    double best = 0;
    BEST(best, for (long p = 0; p < panels; p++)
                   product(rows, A, K, K, W + p * width * K, vectors_of(N, (int)G, p), C, 0, O + p * rows * width,
                           width))
    free(A), free(W), free(C), free(O);
    return best;
}

double accumulate_seconds(long rows, long N, long G, long K) {
    real *A = numbers(rows * K), *D = numbers(rows * N * G), *dW = numbers(N * G * K);
    real *scratch = numbers(delta_scratch((int)G) + operand_scratch(N, (int)G, K));
    const Rows range = {D, N * G, rows};
    const real *const of[] = {A};
    const Operand operand = {of, &K, K, dW};
    double best = 0;
    BEST(best, accumulate(&range, 1, &operand, 1, N, (int)G, N, scratch, 0, 1))
    free(A), free(D), free(dW), free(scratch);
    return best;
}

double pack_seconds(long N, long G, long K) {
    real *W = numbers(N * G * K), *out = numbers(packed_size(N, (int)G, K));
    double best = 0;
    BEST(best, pack(W, N, (int)G, K, out, 0, 1))
    free(W), free(out);
    return best;
}

double pack_transposed_seconds(long N, long G, long K) {
    real *W = numbers(N * G * K), *out = numbers(G * packed_size(K, 1, N));
    double best = 0;
    BEST(best, pack_transposed(W, N, (int)G, K, out, 0, 1))
    free(W), free(out);
    return best;
}
