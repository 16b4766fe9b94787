/* Of delta_product.py as it was written, SHA-256 74e522691e9fcb3a5c72cc5ba573e889ba4a72aeee0e318a0959736d035f1a98 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * DeltaProduct, two steps. One time step:
 *
 *       q̂ₜ = SiLU(W_iq_hat xₜ)
 *       qₜ = q̂ₜ/sqrt(q̂ₜᵀ q̂ₜ + 0.000001)
 *     k̂_1ₜ = SiLU(W_ik_hat_1 xₜ)
 *     k_1ₜ = k̂_1ₜ/sqrt(k̂_1ₜᵀ k̂_1ₜ + 0.000001)
 *     v_1ₜ = SiLU(W_iv_1 xₜ)
 *     β_1ₜ = σ(W_iβ_1 xₜ)
 *     S_1ₜ = Sₜ₋₁ + β_1ₜ (v_1ₜ − Sₜ₋₁ k_1ₜ) k_1ₜᵀ
 *     k̂_2ₜ = SiLU(W_ik_hat_2 xₜ)
 *     k_2ₜ = k̂_2ₜ/sqrt(k̂_2ₜᵀ k̂_2ₜ + 0.000001)
 *     v_2ₜ = SiLU(W_iv_2 xₜ)
 *     β_2ₜ = σ(W_iβ_2 xₜ)
 *       Sₜ = S_1ₜ + β_2ₜ (v_2ₜ − S_1ₜ k_2ₜ) k_2ₜᵀ
 *       oₜ = Sₜ qₜ
 *       hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_hat_,
    Q_a_k_hat_1_,
    Q_a_k_hat_2_,
    Q_a_v_1_,
    Q_a_v_2_,
    Q_a_beta_1_,
    Q_a_beta_2_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_q_hat,
    Q_a_k_hat_1,
    Q_a_k_hat_2,
    Q_q_hat,
    Q_k_hat_1,
    Q_k_hat_2,
    Q_a_v_1,
    Q_a_v_2,
    Q_v_1,
    Q_v_2,
    Q_beta_1,
    Q_beta_2,
    Q_dot_q,
    Q_dot_k_1,
    Q_dot_k_2,
    Q_v_q,
    Q_v_k_1,
    Q_v_k_2,
    Q_q,
    Q_k_1,
    Q_k_2,
    Q_read_S_k_1,
    Q_v_S_1,
    Q_scaled_S_1,
    Q_S_1,
    Q_read_S_1_k_2,
    Q_v_S,
    Q_scaled_S,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_132_,
    Q_a_134_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_q_hat,
    Q_d_a_k_hat_1,
    Q_d_a_k_hat_2,
    Q_d_a_v_1,
    Q_d_a_v_2,
    Q_d_a_beta_1,
    Q_d_a_beta_2,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_v_2,
    Q_sigmoid_a_v_1,
    Q_sigmoid_a_k_hat_2,
    Q_sigmoid_a_k_hat_1,
    Q_sigmoid_a_q_hat,
    Q_factor5,
    Q_factor4,
    Q_factor3,
    Q_factor2,
    Q_factor,
    Q_scaled_v_S,
    Q_scaled_v_S_1,
    Q_d_o,
    Q_a_79,
    Q_d_q,
    Q_d_S,
    Q_d_v_S,
    Q_a_150,
    Q_a_85,
    Q_scaled_d_q,
    Q_a_110,
    Q_d_read_S_1_k_2,
    Q_a_84,
    Q_a_92,
    Q_a_138,
    Q_d_k_2,
    Q_d_S_1,
    Q_d_dot_q,
    Q_scaled_d_k_2,
    Q_a_90,
    Q_d_v_S_1,
    Q_a_144,
    Q_a_98,
    Q_a_108,
    Q_a_109,
    Q_d_read_S_k_1,
    Q_a_147,
    Q_a_97,
    Q_a_112,
    Q_d_dot_k_2,
    Q_d_k_1,
    Q_a_134,
    Q_a_88,
    Q_a_89,
    Q_scaled_d_k_1,
    Q_a_103,
    Q_a_141,
    Q_d_dot_k_1,
    Q_a_101,
    Q_a_102
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads, SIZE_key, SIZE_value, SIZE_heads_value_key };

static const Quantity quantities[] = {
    [Q_a_q_hat_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_a_q_hat_},
    [Q_a_k_hat_1_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_a_q_hat_},
    [Q_a_k_hat_2_] = {EARLY, SIZE_heads_key, 0, 0, 2, Q_a_q_hat_},
    [Q_a_v_1_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_a_v_1_},
    [Q_a_v_2_] = {EARLY, SIZE_heads_value, 0, 1, 1, Q_a_v_1_},
    [Q_a_beta_1_] = {EARLY, SIZE_heads, 0, 2, 0, Q_a_beta_1_},
    [Q_a_beta_2_] = {EARLY, SIZE_heads, 0, 2, 1, Q_a_beta_1_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_a_q_hat] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_q_hat},
    [Q_a_k_hat_1] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_a_q_hat},
    [Q_a_k_hat_2] = {PANEL, SIZE_heads_key, 1, 2, 0, Q_a_q_hat},
    [Q_q_hat] = {ROW, SIZE_heads_key, 1, 3, 0, Q_q_hat},
    [Q_k_hat_1] = {ROW, SIZE_heads_key, 1, 4, 0, Q_k_hat_1},
    [Q_k_hat_2] = {ROW, SIZE_heads_key, 1, 5, 0, Q_k_hat_2},
    [Q_a_v_1] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_v_1},
    [Q_a_v_2] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_v_1},
    [Q_v_1] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_v_1},
    [Q_v_2] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_v_1},
    [Q_beta_1] = {ROW, SIZE_heads, 1, 2, 0, Q_beta_1},
    [Q_beta_2] = {ROW, SIZE_heads, 1, 3, 0, Q_beta_2},
    [Q_dot_q] = {ROW, SIZE_heads, 1, 4, 0, Q_dot_q},
    [Q_dot_k_1] = {ROW, SIZE_heads, 1, 5, 0, Q_dot_k_1},
    [Q_dot_k_2] = {ROW, SIZE_heads, 1, 6, 0, Q_dot_k_2},
    [Q_v_q] = {ROW, SIZE_heads, 1, 7, 0, Q_v_q},
    [Q_v_k_1] = {ROW, SIZE_heads, 1, 8, 0, Q_v_k_1},
    [Q_v_k_2] = {ROW, SIZE_heads, 1, 9, 0, Q_v_k_2},
    [Q_q] = {ROW, SIZE_heads_key, 1, 6, 0, Q_q},
    [Q_k_1] = {ROW, SIZE_heads_key, 1, 7, 0, Q_k_1},
    [Q_k_2] = {ROW, SIZE_heads_key, 1, 8, 0, Q_k_2},
    [Q_read_S_k_1] = {ROW, SIZE_heads_value, 0, 0, 0, Q_read_S_k_1},
    [Q_v_S_1] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v_S_1},
    [Q_scaled_S_1] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_S_1},
    [Q_S_1] = {ROW, SIZE_heads_value_key, 1, 0, 0, Q_S_1},
    [Q_read_S_1_k_2] = {ROW, SIZE_heads_value, 0, 1, 0, Q_read_S_1_k_2},
    [Q_v_S] = {ROW, SIZE_heads_value, 1, 3, 0, Q_v_S},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_scaled_S},
    [Q_o] = {ROW, SIZE_heads_value, 1, 4, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_o_},
    [Q_a_132_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_132_},
    [Q_a_134_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_134_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q_hat] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_a_q_hat},
    [Q_d_a_k_hat_1] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_a_k_hat_1},
    [Q_d_a_k_hat_2] = {ROW, SIZE_heads_key, 1, 2, 0, Q_d_a_k_hat_2},
    [Q_d_a_v_1] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_v_1},
    [Q_d_a_v_2] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_v_2},
    [Q_d_a_beta_1] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_beta_1},
    [Q_d_a_beta_2] = {ROW, SIZE_heads, 1, 1, 0, Q_d_a_beta_2},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_v_2] = {PANEL, SIZE_heads_value, 0, 2, 0, Q_v_1},
    [Q_sigmoid_a_v_1] = {PANEL, SIZE_heads_value, 0, 3, 0, Q_v_1},
    [Q_sigmoid_a_k_hat_2] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_k_hat_2},
    [Q_sigmoid_a_k_hat_1] = {PANEL, SIZE_heads_key, 0, 1, 0, Q_sigmoid_a_k_hat_2},
    [Q_sigmoid_a_q_hat] = {PANEL, SIZE_heads_key, 0, 2, 0, Q_sigmoid_a_k_hat_2},
    [Q_factor5] = {ROW, SIZE_heads, 0, 0, 0, Q_factor5},
    [Q_factor4] = {ROW, SIZE_heads, 0, 1, 0, Q_factor4},
    [Q_factor3] = {ROW, SIZE_heads, 0, 2, 0, Q_factor3},
    [Q_factor2] = {ROW, SIZE_heads, 0, 3, 0, Q_factor2},
    [Q_factor] = {ROW, SIZE_heads, 0, 4, 0, Q_factor},
    [Q_scaled_v_S] = {ROW, SIZE_heads_value, 0, 2, 0, Q_scaled_v_S},
    [Q_scaled_v_S_1] = {ROW, SIZE_heads_value, 0, 3, 0, Q_scaled_v_S_1},
    [Q_d_o] = {ROW, SIZE_heads_value, 0, 4, 0, Q_d_o},
    [Q_a_79] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_a_79},
    [Q_d_q] = {ROW, SIZE_heads_key, 0, 0, 0, Q_d_q},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_d_S},
    [Q_d_v_S] = {ROW, SIZE_heads_value, 0, 5, 0, Q_d_v_S},
    [Q_a_150] = {ROW, SIZE_heads, 0, 5, 0, Q_a_150},
    [Q_a_85] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_85},
    [Q_scaled_d_q] = {ROW, SIZE_heads_key, 0, 2, 0, Q_scaled_d_q},
    [Q_a_110] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_110},
    [Q_d_read_S_1_k_2] = {ROW, SIZE_heads_value, 0, 6, 0, Q_d_read_S_1_k_2},
    [Q_a_84] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_84},
    [Q_a_92] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_a_92},
    [Q_a_138] = {ROW, SIZE_heads, 0, 6, 0, Q_a_138},
    [Q_d_k_2] = {ROW, SIZE_heads_key, 0, 5, 0, Q_d_k_2},
    [Q_d_S_1] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_d_S_1},
    [Q_d_dot_q] = {ROW, SIZE_heads, 0, 7, 0, Q_d_dot_q},
    [Q_scaled_d_k_2] = {ROW, SIZE_heads_key, 0, 6, 0, Q_scaled_d_k_2},
    [Q_a_90] = {ROW, SIZE_heads_key, 0, 7, 0, Q_a_90},
    [Q_d_v_S_1] = {ROW, SIZE_heads_value, 0, 7, 0, Q_d_v_S_1},
    [Q_a_144] = {ROW, SIZE_heads, 0, 8, 0, Q_a_144},
    [Q_a_98] = {ROW, SIZE_heads_key, 0, 8, 0, Q_a_98},
    [Q_a_108] = {ROW, SIZE_heads_key, 0, 9, 0, Q_a_108},
    [Q_a_109] = {ROW, SIZE_heads_key, 0, 10, 0, Q_a_109},
    [Q_d_read_S_k_1] = {ROW, SIZE_heads_value, 0, 8, 0, Q_d_read_S_k_1},
    [Q_a_147] = {ROW, SIZE_heads, 0, 9, 0, Q_a_147},
    [Q_a_97] = {ROW, SIZE_heads_key, 0, 11, 0, Q_a_97},
    [Q_a_112] = {ROW, SIZE_heads_value_key, 0, 6, 0, Q_a_112},
    [Q_d_dot_k_2] = {ROW, SIZE_heads, 0, 10, 0, Q_d_dot_k_2},
    [Q_d_k_1] = {ROW, SIZE_heads_key, 0, 12, 0, Q_d_k_1},
    [Q_a_134] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_134},
    [Q_a_88] = {ROW, SIZE_heads_key, 0, 13, 0, Q_a_88},
    [Q_a_89] = {ROW, SIZE_heads_key, 0, 14, 0, Q_a_89},
    [Q_scaled_d_k_1] = {ROW, SIZE_heads_key, 0, 15, 0, Q_scaled_d_k_1},
    [Q_a_103] = {ROW, SIZE_heads_key, 0, 16, 0, Q_a_103},
    [Q_a_141] = {ROW, SIZE_heads, 0, 11, 0, Q_a_141},
    [Q_d_dot_k_1] = {ROW, SIZE_heads, 0, 12, 0, Q_d_dot_k_1},
    [Q_a_101] = {ROW, SIZE_heads_key, 0, 17, 0, Q_a_101},
    [Q_a_102] = {ROW, SIZE_heads_key, 0, 18, 0, Q_a_102},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q_hat = get(Q_a_q_hat_);
            const vec a_k_hat_1 = get(Q_a_k_hat_1_);
            const vec a_k_hat_2 = get(Q_a_k_hat_2_);
            const vec q_hat = a_q_hat / (R(1) + vexp(-magnitude(a_q_hat))) * vexp(R(0.5) * a_q_hat - R(0.5) * magnitude(a_q_hat));
            const vec k_hat_1 = a_k_hat_1 / (R(1) + vexp(-magnitude(a_k_hat_1))) * vexp(R(0.5) * a_k_hat_1 - R(0.5) * magnitude(a_k_hat_1));
            const vec k_hat_2 = a_k_hat_2 / (R(1) + vexp(-magnitude(a_k_hat_2))) * vexp(R(0.5) * a_k_hat_2 - R(0.5) * magnitude(a_k_hat_2));
            put(Q_q_hat, q_hat);
            put(Q_k_hat_1, k_hat_1);
            put(Q_k_hat_2, k_hat_2);
            if (keep) {
                put(Q_a_q_hat, a_q_hat);
                put(Q_a_k_hat_1, a_k_hat_1);
                put(Q_a_k_hat_2, a_k_hat_2);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_v_1 = get(Q_a_v_1_);
            const vec a_v_2 = get(Q_a_v_2_);
            const vec v_1 = a_v_1 / (R(1) + vexp(-magnitude(a_v_1))) * vexp(R(0.5) * a_v_1 - R(0.5) * magnitude(a_v_1));
            const vec v_2 = a_v_2 / (R(1) + vexp(-magnitude(a_v_2))) * vexp(R(0.5) * a_v_2 - R(0.5) * magnitude(a_v_2));
            put(Q_v_1, v_1);
            put(Q_v_2, v_2);
            if (keep) {
                put(Q_a_v_1, a_v_1);
                put(Q_a_v_2, a_v_2);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_beta_1 = get(Q_a_beta_1_);
            const vec a_beta_2 = get(Q_a_beta_2_);
            const vec beta_1 = vsigmoid(a_beta_1);
            const vec beta_2 = vsigmoid(a_beta_2);
            put(Q_beta_1, beta_1);
            put(Q_beta_2, beta_2);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads. */
static void step_2_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec dot_q = get(Q_dot_q);
            const vec dot_k_1 = get(Q_dot_k_1);
            const vec dot_k_2 = get(Q_dot_k_2);
            const vec v_q = R(1) / square_root(dot_q + R(1e-06));
            const vec v_k_1 = R(1) / square_root(dot_k_1 + R(1e-06));
            const vec v_k_2 = R(1) / square_root(dot_k_2 + R(1e-06));
            put(Q_v_q, v_q);
            put(Q_v_k_1, v_k_1);
            put(Q_v_k_2, v_k_2);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v_1 = get(Q_v_1);
            const vec read_S_k_1 = get(Q_read_S_k_1);
            const vec v_S_1 = v_1 - read_S_k_1;
            put(Q_v_S_1, v_S_1);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of heads by value by key. */
static void step_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec S_prev = get(Q_S_prev);
            const vec scaled_S_1 = get(Q_scaled_S_1);
            const vec S_1 = S_prev + scaled_S_1;
            put(Q_S_1, S_1);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of heads by value. */
static void step_6_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v_2 = get(Q_v_2);
            const vec read_S_1_k_2 = get(Q_read_S_1_k_2);
            const vec v_S = v_2 - read_S_1_k_2;
            put(Q_v_S, v_S);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step, panels of heads by value by key. */
static void step_7_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec S_1 = get(Q_S_1);
            const vec scaled_S = get(Q_scaled_S);
            const vec S = S_1 + scaled_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step, panels of units. */
static void step_9(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_h_);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec d_h = d_h_later + d_y;
            const vec d_h_prev = splat(R(0));
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value by key. */
static void back_1_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_later);
            put(Q_d_S_next, d_S_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_v_2 = get(Q_a_v_2);
            const vec a_v_1 = get(Q_a_v_1);
            const vec sigmoid_a_v_2 = vsigmoid(a_v_2);
            const vec sigmoid_a_v_1 = vsigmoid(a_v_1);
            put(Q_sigmoid_a_v_2, sigmoid_a_v_2);
            put(Q_sigmoid_a_v_1, sigmoid_a_v_1);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_k_hat_2 = get(Q_a_k_hat_2);
            const vec a_k_hat_1 = get(Q_a_k_hat_1);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec sigmoid_a_k_hat_2 = vsigmoid(a_k_hat_2);
            const vec sigmoid_a_k_hat_1 = vsigmoid(a_k_hat_1);
            const vec sigmoid_a_q_hat = vsigmoid(a_q_hat);
            put(Q_sigmoid_a_k_hat_2, sigmoid_a_k_hat_2);
            put(Q_sigmoid_a_k_hat_1, sigmoid_a_k_hat_1);
            put(Q_sigmoid_a_q_hat, sigmoid_a_q_hat);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec beta_2 = get(Q_beta_2);
            const vec v_k_2 = get(Q_v_k_2);
            const vec dot_k_2 = get(Q_dot_k_2);
            const vec beta_1 = get(Q_beta_1);
            const vec v_k_1 = get(Q_v_k_1);
            const vec dot_k_1 = get(Q_dot_k_1);
            const vec v_q = get(Q_v_q);
            const vec dot_q = get(Q_dot_q);
            const vec factor5 = beta_2 * (R(1) - beta_2);
            const vec factor4 = v_k_2 / (dot_k_2 + R(1e-06));
            const vec factor3 = beta_1 * (R(1) - beta_1);
            const vec factor2 = v_k_1 / (dot_k_1 + R(1e-06));
            const vec factor = v_q / (dot_q + R(1e-06));
            put(Q_factor5, factor5);
            put(Q_factor4, factor4);
            put(Q_factor3, factor3);
            put(Q_factor2, factor2);
            put(Q_factor, factor);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_o = get(Q_d_o_);
            put(Q_d_o, d_o);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_79 = get(Q_a_79);
            const vec d_S = d_S_next + a_79;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_S = get(Q_d_v_S);
            const vec sigmoid_a_v_2 = get(Q_sigmoid_a_v_2);
            const vec a_v_2 = get(Q_a_v_2);
            const vec d_read_S_1_k_2 = -d_v_S;
            const vec d_v_2 = d_v_S;
            const vec d_a_v_2 = d_v_2 * sigmoid_a_v_2 * (R(1) + a_v_2 * (R(1) - sigmoid_a_v_2));
            put(Q_d_read_S_1_k_2, d_read_S_1_k_2);
            put(Q_d_a_v_2, d_a_v_2);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads. */
static void back_4_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_a_beta_2 = get(Q_a_150);
            put(Q_d_a_beta_2, d_a_beta_2);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_84 = get(Q_a_84);
            const vec a_85 = get(Q_a_85);
            const vec d_k_2 = a_84 + a_85;
            put(Q_d_k_2, d_k_2);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value by key. */
static void back_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_S = get(Q_d_S);
            const vec a_92 = get(Q_a_92);
            const vec d_S_1 = d_S + a_92;
            put(Q_d_S_1, d_S_1);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_138 = get(Q_a_138);
            const vec d_dot_q = -R(0.5) * a_138;
            put(Q_d_dot_q, d_dot_q);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads by value. */
static void back_6_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_S_1 = get(Q_d_v_S_1);
            const vec sigmoid_a_v_1 = get(Q_sigmoid_a_v_1);
            const vec a_v_1 = get(Q_a_v_1);
            const vec d_read_S_k_1 = -d_v_S_1;
            const vec d_v_1 = d_v_S_1;
            const vec d_a_v_1 = d_v_1 * sigmoid_a_v_1 * (R(1) + a_v_1 * (R(1) - sigmoid_a_v_1));
            put(Q_d_read_S_k_1, d_read_S_k_1);
            put(Q_d_a_v_1, d_a_v_1);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads. */
static void back_6_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_a_beta_1 = get(Q_a_144);
            put(Q_d_a_beta_1, d_a_beta_1);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads by key. */
static void back_6_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_108 = get(Q_a_108);
            const vec a_109 = get(Q_a_109);
            const vec a_110 = get(Q_a_110);
            const vec sigmoid_a_q_hat = get(Q_sigmoid_a_q_hat);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec d_q_hat = a_108 + a_109 + a_110;
            const vec d_a_q_hat = d_q_hat * sigmoid_a_q_hat * (R(1) + a_q_hat * (R(1) - sigmoid_a_q_hat));
            put(Q_d_a_q_hat, d_a_q_hat);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads. */
static void back_7_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_147 = get(Q_a_147);
            const vec d_dot_k_2 = -R(0.5) * a_147;
            put(Q_d_dot_k_2, d_dot_k_2);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads by key. */
static void back_7_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_97 = get(Q_a_97);
            const vec a_98 = get(Q_a_98);
            const vec d_k_1 = a_97 + a_98;
            put(Q_d_k_1, d_k_1);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads by value by key. */
static void back_7_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_1 = get(Q_d_S_1);
            const vec a_112 = get(Q_a_112);
            const vec d_S_prev = d_S_1 + a_112;
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of inputs. */
static void back_7_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_134 = get(Q_a_134_);
            put(Q_a_134, a_134);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads by key. */
static void back_8_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_88 = get(Q_a_88);
            const vec a_89 = get(Q_a_89);
            const vec a_90 = get(Q_a_90);
            const vec sigmoid_a_k_hat_2 = get(Q_sigmoid_a_k_hat_2);
            const vec a_k_hat_2 = get(Q_a_k_hat_2);
            const vec d_k_hat_2 = a_88 + a_89 + a_90;
            const vec d_a_k_hat_2 = d_k_hat_2 * sigmoid_a_k_hat_2 * (R(1) + a_k_hat_2 * (R(1) - sigmoid_a_k_hat_2));
            put(Q_d_a_k_hat_2, d_a_k_hat_2);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step backwards, panels of heads. */
static void back_9_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_141 = get(Q_a_141);
            const vec d_dot_k_1 = -R(0.5) * a_141;
            put(Q_d_dot_k_1, d_dot_k_1);
        }
    }
    (void)keep;
}

/* Stage 10 of a time step backwards, panels of heads by key. */
static void back_10_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_101 = get(Q_a_101);
            const vec a_102 = get(Q_a_102);
            const vec a_103 = get(Q_a_103);
            const vec sigmoid_a_k_hat_1 = get(Q_sigmoid_a_k_hat_1);
            const vec a_k_hat_1 = get(Q_a_k_hat_1);
            const vec d_k_hat_1 = a_101 + a_102 + a_103;
            const vec d_a_k_hat_1 = d_k_hat_1 * sigmoid_a_k_hat_1 * (R(1) + a_k_hat_1 * (R(1) - sigmoid_a_k_hat_1));
            put(Q_d_a_k_hat_1, d_a_k_hat_1);
        }
    }
    (void)keep;
}

/* Stage 11 of a time step backwards, panels of inputs. */
static void back_11_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_132_ = get(Q_a_132_);
            const vec a_134 = get(Q_a_134);
            const vec d_x = a_132_ + a_134;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 2, 0, 0, SIZE_heads, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {3, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {2, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads},
    {0, 0, 3, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 3},
    {SIZE_heads_value, 1, 2},
    {SIZE_heads, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q_hat, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_v_1, Q_x}}},
    {2, 0, 2, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_beta_1, Q_x}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_a_q_hat_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_a_v_1_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_beta_1_}, step_1_heads}}},
    {3, 1, (const Reduction[]){{CONTRACTION, Q_dot_q, 2, (const short[]){Q_q_hat, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_dot_k_1, 2, (const short[]){Q_k_hat_1, Q_k_hat_1}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_dot_k_2, 2, (const short[]){Q_k_hat_2, Q_k_hat_2}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, step_2_heads}}},
    {3, 0, (const Reduction[]){{CONTRACTION, Q_q, 2, (const short[]){Q_v_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_k_1, 2, (const short[]){Q_v_k_1, Q_k_hat_1}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_k_2, 2, (const short[]){Q_v_k_2, Q_k_hat_2}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_k_1, 2, (const short[]){Q_S_prev, Q_k_1}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S_1, 3, (const short[]){Q_beta_1, Q_v_S_1, Q_k_1}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 2}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_5_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_1_k_2, 2, (const short[]){Q_S_1, Q_k_2}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_6_heads_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 3, (const short[]){Q_beta_2, Q_v_S, Q_k_2}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 2}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_7_heads_value_key}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_o, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, 0},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_9}}},
};

static const Stage backward[] = {
    {0, 5, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_scaled_v_S, 2, (const short[]){Q_factor5, Q_v_S}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_v_S_1, 2, (const short[]){Q_factor3, Q_v_S_1}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_79, 2, (const short[]){Q_d_o, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_o, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {5, 2, (const Reduction[]){{CONTRACTION, Q_d_v_S, 3, (const short[]){Q_d_S, Q_beta_2, Q_k_2}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_150, 3, (const short[]){Q_d_S, Q_scaled_v_S, Q_k_2}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 2}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_85, 3, (const short[]){Q_d_S, Q_beta_2, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_scaled_d_q, 2, (const short[]){Q_factor, Q_d_q}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_110, 2, (const short[]){Q_d_q, Q_v_q}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_4_heads}}},
    {3, 3, (const Reduction[]){{CONTRACTION, Q_a_84, 2, (const short[]){Q_d_read_S_1_k_2, Q_S_1}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_92, 2, (const short[]){Q_d_read_S_1_k_2, Q_k_2}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_138, 2, (const short[]){Q_scaled_d_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_5_heads_value_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}}},
    {7, 3, (const Reduction[]){{CONTRACTION, Q_scaled_d_k_2, 2, (const short[]){Q_factor4, Q_d_k_2}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_90, 2, (const short[]){Q_d_k_2, Q_v_k_2}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_v_S_1, 3, (const short[]){Q_d_S_1, Q_beta_1, Q_k_1}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_144, 3, (const short[]){Q_d_S_1, Q_scaled_v_S_1, Q_k_1}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 2}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_98, 3, (const short[]){Q_d_S_1, Q_beta_1, Q_v_S_1}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_a_108, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_109, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_6_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_6_heads}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_6_heads_key}}},
    {3, 4, (const Reduction[]){{CONTRACTION, Q_a_147, 2, (const short[]){Q_scaled_d_k_2, Q_k_hat_2}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_97, 2, (const short[]){Q_d_read_S_k_1, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_112, 2, (const short[]){Q_d_read_S_k_1, Q_k_1}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_7_heads}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_7_heads_key}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_7_heads_value_key}, {INPUT_SIZE, 0, 2, 1, (const Product[]){{6, 5, -1, 0, 2, (const short[]){Q_d_a_v_1, Q_d_a_v_2}}, {6, 6, -1, 1, 2, (const short[]){Q_d_a_beta_1, Q_d_a_beta_2}}}, (const short[]){Q_a_134_}, back_7_inputs}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_a_88, 2, (const short[]){Q_d_dot_k_2, Q_k_hat_2}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_89, 2, (const short[]){Q_d_dot_k_2, Q_k_hat_2}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_d_k_1, 2, (const short[]){Q_factor2, Q_d_k_1}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_103, 2, (const short[]){Q_d_k_1, Q_v_k_1}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_8_heads_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_141, 2, (const short[]){Q_scaled_d_k_1, Q_k_hat_1}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_9_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_101, 2, (const short[]){Q_d_dot_k_1, Q_k_hat_1}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_102, 2, (const short[]){Q_d_dot_k_1, Q_k_hat_1}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_10_heads_key}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 7, -1, 0, 3, (const short[]){Q_d_a_q_hat, Q_d_a_k_hat_1, Q_d_a_k_hat_2}}}, (const short[]){Q_a_132_}, back_11_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads",
    "key",
    "value",
    "heads*value*key",
};

const Cell derive_cell = {
    .name = "delta_product",
    .quantities = 109,
    .forward_quantities = 41,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 4,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 0,
    .biases = 0,
    .early = 3,
    .outers = 4,
    .totals = 0,
    .sums = 0,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 9,
    .backward_stages = 11,
    .quantity = quantities,
    .state = states,
    .input = inputs,
    .size = sizes,
    .tensor = tensors,
    .constant = constants,
    .pack = packs,
    .buffer = buffers,
    .source = sources,
    .bias = biases,
    .product = input_products,
    .outer = outers,
    .total = totals,
    .parameters = parameter_groups,
    .forward = forward,
    .backward = backward,
};
