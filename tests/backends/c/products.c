/* What is static in products.h, for callers outside of C: every argument an address or a long. */
#include "products.h"

long lanes(void) { return LANES; }

long together(long G) { return panels_together((int)G); }

long packed(long N, long G, long K) { return packed_size(N, (int)G, K); }

long scratch(long N, long G, long K) { return accumulate_scratch(N, (int)G, K); }

void call_pack(const real *W, long N, long G, long K, real *out, long me, long team) {
    pack(W, N, (int)G, K, out, (int)me, (int)team);
}

void call_pack_transposed(const real *W, long N, long S, long M, real *out, long me, long team) {
    pack_transposed(W, N, (int)S, M, out, (int)me, (int)team);
}

void call_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc, real *O,
                  long ldo) {
    product(rows, A, lda, K, W, (int)Z, C, ldc, O, ldo);
}

void call_narrow(real *packed_weights, long N, long G, long K, long me, long team) {
    narrow(packed_weights, N, (int)G, K, (int)me, (int)team);
}

void call_narrow_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc,
                         real *O, long ldo) {
    narrow_product(rows, A, lda, K, W, (int)Z, C, ldc, O, ldo);
}

void call_accumulate(const Rows *ranges, long n, long N, long G, long gap, long K, real *dW, real *space, long me,
                     long team) {
    accumulate(ranges, (int)n, N, (int)G, gap, K, dW, space, (int)me, (int)team);
}
