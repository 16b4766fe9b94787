/* What is static in products.h and accumulate.h, for callers outside of C: every argument an address or a long. */
#include "accumulate.h"

long lanes(void) { return LANES; }

long together(long G) { return panels_together((int)G); }

long packed(long N, long G, long K) { return packed_size(N, (int)G, K); }

long scratch(long N, long G, long K, long few) {
    return delta_scratch((int)G) + operand_scratch(N, (int)G, K) + operand_scratch(N, (int)G, few);
}

void call_pack(const real *W, long N, long G, long K, real *out, long me, long team) {
    pack(W, N, (int)G, K, out, (int)me, (int)team);
}

void call_pack_transposed(const real *W, long N, long S, long M, real *out, long me, long team) {
    pack_transposed(W, N, (int)S, M, out, (int)me, (int)team);
}

void call_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc, real *O,
                  long ldo) {
    product(rows, A, lda, K, W, Z, C, ldc, O, ldo);
}

void call_narrow(real *packed_weights, long N, long G, long K, long me, long team) {
    narrow(packed_weights, N, (int)G, K, (int)me, (int)team);
}

void call_narrow_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc,
                         real *O, long ldo) {
    narrow_product(rows, A, lda, K, W, Z, C, ldc, O, ldo);
}

/* Rows of A and of D that belong together. */
typedef struct {
    const real *A;
    long lda;
    const real *D;
    long ldd, rows;
} Pair;

/* The gradient of a matrix, and of another one whose operand is the first `few` numbers of each row. */
void call_accumulate(const Pair *pairs, long n, long N, long G, long gap, long K, long few, real *dW, real *d_few,
                     real *space, long me, long team) {
    Rows ranges[8];
    const real *A[8];
    long lda[8];
    for (long i = 0; i < n; i++) {
        ranges[i] = (Rows){pairs[i].D, pairs[i].ldd, pairs[i].rows};
        A[i] = pairs[i].A, lda[i] = pairs[i].lda;
    }
    const Operand of[2] = {{A, lda, K, dW}, {A, lda, few, d_few}};
    accumulate(ranges, (int)n, of, 2, N, (int)G, gap, space, (int)me, (int)team);
}
