/* What is static in parts.h, digits.h and tiles.h, for callers outside of C: every argument an address or a long. */
#include "digits.h"

long lanes(void) { return LANES; }
long ready(void) { return tiles_ready(); }
long wide(long N, long G) { return wide_panels(N, (int)G); }
long panel_width(long N, long G, long p) { return vectors_of(N, (int)G, p) * LANES; }
long rows_size(long rows, long blocks) { return rows_in_parts(rows, blocks); }
long panel_size(long N, long G, long K, long S) { return panel_in_parts(N, (int)G, K, (int)S); }
long digit_rows_size(long rows, long K) { return rows_in_digits(rows, K); }
long digit_panel_size(long N, long G, long K) { return panel_in_digits(N, (int)G, K); }
long scales_of_panel(long N, long G) { return panel_scales(N, (int)G); }
long packed(long N, long G, long K) { return packed_size(N, (int)G, K); }

void call_pack(const real *W, long N, long G, long K, real *out) { pack(W, N, (int)G, K, out, 0, 1); }
void call_pack_transposed(const real *W, long N, long S, long M, real *out) {
    pack_transposed(W, N, (int)S, M, out, 0, 1);
}
long call_pack_parts(const real *from, long N, long G, long K, long S, half *out, long team) {
    int fit = 1;
    for (int me = 0; me < team; me++) fit &= pack_parts(from, N, (int)G, K, (int)S, out, me, (int)team);
    return fit;
}
long call_split_rows(long rows, const real *A, long lda, long K, half *out, long blocks) {
    return split_rows(rows, A, lda, K, out, blocks);
}
void call_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc, real *O,
                  long ldo) {
    product(rows, A, lda, K, W, Z, C, ldc, O, ldo);
}
void call_product_of_parts(long rows, const half *A, long blocks, const half *W, long columns, const real *C, long ldc,
                           real *O, long ldo) {
    tiles_begin();
    product_of_parts(rows, A, blocks, W, columns, C, ldc, O, ldo);
    tiles_end();
}

long call_pack_digits(const real *from, long N, long G, long K, base256 *out, real *scale, long team) {
    double uneven = 0;
    for (int me = 0; me < team; me++) {
        const double found = pack_digits(from, N, (int)G, K, out, scale, me, (int)team);
        uneven = found > uneven ? found : uneven;
    }
    return (long)(100 * uneven);
}
long call_digits_of_rows(long rows, const real *A, long lda, long K, long uneven, base256 *out, real *scale) {
    return digits_of_rows(rows, A, lda, K, (double)uneven / 100, out, scale);
}
void call_product_of_digits(long rows, const base256 *A, const real *a_scale, long K, const base256 *W,
                            const real *w_scale, long columns, const real *C, long ldc, real *O, long ldo) {
    tiles_begin();
    product_of_digits(rows, A, a_scale, K, W, w_scale, columns, C, ldc, O, ldo);
    tiles_end();
}

/* One instruction: what is in sum, plus a times b. */
void call_tiles(void *sum, const void *a, const void *b, long of_digits) {
#ifdef MATRIX_UNIT
    tiles_begin();
    tiles_see_memory();
    TILE_LOAD(0, sum, TILE_BYTES);
    TILE_LOAD(1, a, TILE_BYTES);
    TILE_LOAD(2, b, TILE_BYTES);
    if (of_digits)
        TILE_MULTIPLY_DIGITS(0, 1, 2);
    else
        TILE_MULTIPLY(0, 1, 2);
    TILE_STORE(0, sum, TILE_BYTES);
    tiles_end();
#else
    (void)sum, (void)a, (void)b, (void)of_digits;
#endif
}
