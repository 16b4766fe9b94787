/* Of ttt_linear.py as it was written, SHA-256 aad49fcbfd02c415561ae9e7cd2ccbc2317c28332fb8dd450dce1aeb1458b94a */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * TTT-Linear. One time step:
 *
 *     qₜ = W_iq xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     rₜ = η σ(W_ir xₜ + b_ir)
 *     zₜ = W kₜ + Sₜ₋₁ kₜ + b + dₜ₋₁ − headmean(W kₜ + Sₜ₋₁ kₜ + b + dₜ₋₁)
 *     yₜ = zₜ/sqrt(headmean(zₜ²) + ε)
 *     gₜ = γ ⊙ (γ ⊙ yₜ + β − (vₜ − kₜ))
 *     pₜ = (gₜ − headmean(gₜ) − yₜ ⊙ headmean(gₜ ⊙ yₜ))/sqrt(headmean(zₜ²) + ε)
 *     Sₜ = Sₜ₋₁ − rₜ pₜ kₜᵀ
 *     dₜ = dₜ₋₁ − rₜ pₜ
 *     uₜ = W qₜ + Sₜ qₜ + b + dₜ − headmean(W qₜ + Sₜ qₜ + b + dₜ)
 *     oₜ = qₜ + γ ⊙ uₜ/sqrt(headmean(uₜ²) + ε) + β
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_q_,
    Q_k_,
    Q_v_,
    Q_a_r_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_d_prev,
    Q_h,
    Q_S,
    Q_d,
    Q_q,
    Q_k,
    Q_v,
    Q_sigmoid_a_r,
    Q_r,
    Q_read_W_k,
    Q_read_W_q,
    Q_read_S_k,
    Q_v_z,
    Q_headmean_v_z,
    Q_z,
    Q_v_y,
    Q_headmean_v_y,
    Q_y,
    Q_g,
    Q_v_p,
    Q_headmean_g,
    Q_headmean_v_p,
    Q_p,
    Q_scaled_S,
    Q_a_49,
    Q_a_48,
    Q_read_S_q,
    Q_v_u,
    Q_headmean_v_u,
    Q_u,
    Q_v_o,
    Q_headmean_v_o,
    Q_o,
    Q_W,
    Q_b,
    Q_gamma,
    Q_beta,
    Q_eta,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y2,
    Q_d_S_later,
    Q_d_d_later,
    Q_d_o_,
    Q_a_142_,
    Q_a_143_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_d_prev,
    Q_d_x,
    Q_d_q,
    Q_d_k,
    Q_d_v,
    Q_d_a_r,
    Q_d_h,
    Q_d_S_next,
    Q_d_d_next,
    Q_dp_dg,
    Q_factor,
    Q_d_o,
    Q_d_headmean_v_o,
    Q_a_130,
    Q_d_v_o,
    Q_d_u,
    Q_d_headmean_v_u,
    Q_d_v_u,
    Q_d_read_S_q,
    Q_d_read_W_q,
    Q_d_d,
    Q_a_94,
    Q_a_98,
    Q_a_113,
    Q_a_120,
    Q_a_121,
    Q_a_128,
    Q_d_S,
    Q_a_99,
    Q_a_114,
    Q_a_95,
    Q_a_118,
    Q_d_scaled_S,
    Q_a_119,
    Q_a_97,
    Q_a_112,
    Q_d_p,
    Q_d_headmean_v_p,
    Q_d_headmean_g,
    Q_d_v_p,
    Q_a_104,
    Q_d_g,
    Q_d_y,
    Q_d_headmean_v_y,
    Q_a_143,
    Q_d_v_y,
    Q_d_z,
    Q_d_headmean_v_z,
    Q_d_v_z,
    Q_d_read_S_k,
    Q_d_read_W_k,
    Q_a_116,
    Q_a_117,
    Q_a_122,
    Q_a_127,
    Q_d_bias_i_heads,
    Q_d_gamma,
    Q_d_beta,
    Q_d_b,
    Q_d_W
};

enum { SIZE_heads_value = NAMED, SIZE_heads, SIZE_value, SIZE_heads_value_value };

static const Quantity quantities[] = {
    [Q_q_] = {EARLY, SIZE_heads_value, 0, 0, 0, Q_q_},
    [Q_k_] = {EARLY, SIZE_heads_value, 0, 0, 1, Q_q_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 0, 2, Q_q_},
    [Q_a_r_] = {EARLY, SIZE_heads, 0, 1, 0, Q_a_r_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_value, 0, 1, 0, Q_S_prev},
    [Q_d_prev] = {BEFORE, SIZE_heads_value, 0, 2, 0, Q_d_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_value, 0, 1, 0, Q_S},
    [Q_d] = {AFTER, SIZE_heads_value, 0, 2, 0, Q_d},
    [Q_q] = {ROW, SIZE_heads_value, 1, 3, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_value, 1, 4, 0, Q_k},
    [Q_v] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_v},
    [Q_sigmoid_a_r] = {PANEL, SIZE_heads, 1, 0, 0, Q_sigmoid_a_r},
    [Q_r] = {ROW, SIZE_heads, 1, 1, 0, Q_r},
    [Q_read_W_k] = {ROW, SIZE_heads_value, 0, 0, 0, Q_read_W_k},
    [Q_read_W_q] = {ROW, SIZE_heads_value, 0, 1, 0, Q_read_W_q},
    [Q_read_S_k] = {ROW, SIZE_heads_value, 0, 2, 0, Q_read_S_k},
    [Q_v_z] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_v_z},
    [Q_headmean_v_z] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_v_z},
    [Q_z] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_v},
    [Q_v_y] = {PANEL, SIZE_heads_value, 0, 2, 0, Q_v_z},
    [Q_headmean_v_y] = {PANEL, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_y] = {PANEL, SIZE_heads_value, 1, 3, 0, Q_v},
    [Q_g] = {PANEL, SIZE_heads_value, 1, 4, 0, Q_v},
    [Q_v_p] = {PANEL, SIZE_heads_value, 0, 3, 0, Q_v_z},
    [Q_headmean_g] = {PANEL, SIZE_heads_value, 0, 4, 0, Q_v_z},
    [Q_headmean_v_p] = {PANEL, SIZE_heads_value, 1, 5, 0, Q_v},
    [Q_p] = {ROW, SIZE_heads_value, 1, 5, 0, Q_p},
    [Q_scaled_S] = {ROW, SIZE_heads_value, 1, 6, 0, Q_scaled_S},
    [Q_a_49] = {ROW, SIZE_heads_value, 0, 3, 0, Q_a_49},
    [Q_a_48] = {ROW, SIZE_heads_value_value, 0, 0, 0, Q_a_48},
    [Q_read_S_q] = {ROW, SIZE_heads_value, 0, 4, 0, Q_read_S_q},
    [Q_v_u] = {PANEL, SIZE_heads_value, 0, 5, 0, Q_v_z},
    [Q_headmean_v_u] = {PANEL, SIZE_heads_value, 0, 6, 0, Q_v_z},
    [Q_u] = {PANEL, SIZE_heads_value, 1, 6, 0, Q_v},
    [Q_v_o] = {PANEL, SIZE_heads_value, 0, 7, 0, Q_v_z},
    [Q_headmean_v_o] = {PANEL, SIZE_heads_value, 1, 7, 0, Q_v},
    [Q_o] = {ROW, SIZE_heads_value, 1, 7, 0, Q_o},
    [Q_W] = {FIXED, SIZE_heads_value_value, 0, 0, 0, Q_W},
    [Q_b] = {FIXED, SIZE_heads_value, 0, 1, 0, Q_b},
    [Q_gamma] = {FIXED, SIZE_heads_value, 0, 2, 0, Q_gamma},
    [Q_beta] = {FIXED, SIZE_heads_value, 0, 3, 0, Q_beta},
    [Q_eta] = {FIXED, ONE, 0, 4, 0, Q_eta},
    [Q_epsilon] = {FIXED, ONE, 0, 5, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_S_later] = {LATER, SIZE_heads_value_value, 0, 1, 0, Q_d_S_later},
    [Q_d_d_later] = {LATER, SIZE_heads_value, 0, 2, 0, Q_d_d_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 3, 0, Q_d_o_},
    [Q_a_142_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_a_142_},
    [Q_a_143_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_143_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_value, 0, 1, 0, Q_d_S_prev},
    [Q_d_d_prev] = {EARLIER, SIZE_heads_value, 0, 2, 0, Q_d_d_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_q] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_d_v},
    [Q_d_a_r] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_r},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_value, 0, 0, 0, Q_d_S_next},
    [Q_d_d_next] = {PANEL, SIZE_heads_value, 0, 8, 0, Q_v_z},
    [Q_dp_dg] = {PANEL, SIZE_heads_value, 0, 9, 0, Q_v_z},
    [Q_factor] = {PANEL, SIZE_heads, 0, 0, 0, Q_factor},
    [Q_d_o] = {PANEL, SIZE_heads_value, 0, 10, 0, Q_v_z},
    [Q_d_headmean_v_o] = {PANEL, SIZE_heads_value, 0, 11, 0, Q_v_z},
    [Q_a_130] = {PANEL, SIZE_heads_value, 0, 12, 0, Q_v_z},
    [Q_d_v_o] = {PANEL, SIZE_heads_value, 0, 13, 0, Q_v_z},
    [Q_d_u] = {PANEL, SIZE_heads_value, 0, 14, 0, Q_v_z},
    [Q_d_headmean_v_u] = {PANEL, SIZE_heads_value, 0, 15, 0, Q_v_z},
    [Q_d_v_u] = {PANEL, SIZE_heads_value, 0, 16, 0, Q_v_z},
    [Q_d_read_S_q] = {ROW, SIZE_heads_value, 0, 5, 0, Q_d_read_S_q},
    [Q_d_read_W_q] = {ROW, SIZE_heads_value, 0, 6, 0, Q_d_read_W_q},
    [Q_d_d] = {ROW, SIZE_heads_value, 0, 7, 0, Q_d_d},
    [Q_a_94] = {ROW, SIZE_heads_value_value, 0, 1, 0, Q_a_94},
    [Q_a_98] = {ROW, SIZE_heads_value, 0, 8, 0, Q_a_98},
    [Q_a_113] = {ROW, SIZE_heads, 0, 0, 0, Q_a_113},
    [Q_a_120] = {ROW, SIZE_heads_value, 0, 9, 0, Q_a_120},
    [Q_a_121] = {ROW, SIZE_heads_value, 0, 10, 0, Q_a_121},
    [Q_a_128] = {ROW, SIZE_heads_value_value, 0, 2, 0, Q_a_128},
    [Q_d_S] = {ROW, SIZE_heads_value_value, 0, 3, 0, Q_d_S},
    [Q_a_99] = {PANEL, SIZE_heads_value, 0, 17, 0, Q_v_z},
    [Q_a_114] = {PANEL, SIZE_heads, 0, 1, 0, Q_factor},
    [Q_a_95] = {ROW, SIZE_heads_value, 0, 11, 0, Q_a_95},
    [Q_a_118] = {ROW, SIZE_heads_value, 0, 12, 0, Q_a_118},
    [Q_d_scaled_S] = {ROW, SIZE_heads_value, 0, 13, 0, Q_d_scaled_S},
    [Q_a_119] = {PANEL, SIZE_heads_value, 0, 18, 0, Q_v_z},
    [Q_a_97] = {ROW, SIZE_heads_value, 0, 14, 0, Q_a_97},
    [Q_a_112] = {ROW, SIZE_heads, 0, 1, 0, Q_a_112},
    [Q_d_p] = {PANEL, SIZE_heads_value, 0, 19, 0, Q_v_z},
    [Q_d_headmean_v_p] = {PANEL, SIZE_heads_value, 0, 20, 0, Q_v_z},
    [Q_d_headmean_g] = {PANEL, SIZE_heads_value, 0, 21, 0, Q_v_z},
    [Q_d_v_p] = {PANEL, SIZE_heads_value, 0, 22, 0, Q_v_z},
    [Q_a_104] = {PANEL, SIZE_heads_value, 0, 23, 0, Q_v_z},
    [Q_d_g] = {PANEL, SIZE_heads_value, 0, 24, 0, Q_v_z},
    [Q_d_y] = {PANEL, SIZE_heads_value, 0, 25, 0, Q_v_z},
    [Q_d_headmean_v_y] = {PANEL, SIZE_heads_value, 0, 26, 0, Q_v_z},
    [Q_a_143] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_143},
    [Q_d_v_y] = {PANEL, SIZE_heads_value, 0, 27, 0, Q_v_z},
    [Q_d_z] = {PANEL, SIZE_heads_value, 0, 28, 0, Q_v_z},
    [Q_d_headmean_v_z] = {PANEL, SIZE_heads_value, 0, 29, 0, Q_v_z},
    [Q_d_v_z] = {PANEL, SIZE_heads_value, 0, 30, 0, Q_v_z},
    [Q_d_read_S_k] = {ROW, SIZE_heads_value, 0, 15, 0, Q_d_read_S_k},
    [Q_d_read_W_k] = {ROW, SIZE_heads_value, 0, 16, 0, Q_d_read_W_k},
    [Q_a_116] = {ROW, SIZE_heads_value, 0, 17, 0, Q_a_116},
    [Q_a_117] = {ROW, SIZE_heads_value, 0, 18, 0, Q_a_117},
    [Q_a_122] = {ROW, SIZE_heads_value_value, 0, 4, 0, Q_a_122},
    [Q_a_127] = {ROW, SIZE_heads_value_value, 0, 5, 0, Q_a_127},
    [Q_d_bias_i_heads] = {SUM, SIZE_heads, 0, 0, 0, Q_d_bias_i_heads},
    [Q_d_gamma] = {SUM, SIZE_heads_value, 0, 1, 0, Q_d_gamma},
    [Q_d_beta] = {SUM, SIZE_heads_value, 0, 2, 0, Q_d_beta},
    [Q_d_b] = {SUM, SIZE_heads_value, 0, 3, 0, Q_d_b},
    [Q_d_W] = {SUM, SIZE_heads_value_value, 0, 4, 0, Q_d_W},
};

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q_);
            const vec k = get(Q_k_);
            const vec v = get(Q_v_);
            put(Q_q, q);
            put(Q_k, k);
            put(Q_v, v);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec eta = fixed(Q_eta);
        for (long row = 0; row < rows; row++) {
            const vec a_r = get(Q_a_r_);
            const vec sigmoid_a_r = vsigmoid(a_r);
            const vec r = eta * sigmoid_a_r;
            put(Q_r, r);
            if (keep) {
                put(Q_sigmoid_a_r, sigmoid_a_r);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by value. */
static void step_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec read_W_k = get(Q_read_W_k);
            const vec read_S_k = get(Q_read_S_k);
            const vec d_prev = get(Q_d_prev);
            const vec v_z = read_W_k + read_S_k + b + d_prev;
            put(Q_v_z, v_z);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by value. */
static void step_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec read_W_k = get(Q_read_W_k);
            const vec read_S_k = get(Q_read_S_k);
            const vec d_prev = get(Q_d_prev);
            const vec headmean_v_z = get(Q_headmean_v_z);
            const vec z = read_W_k + read_S_k + b + d_prev - headmean_v_z;
            const vec v_y = power(z, 2);
            put(Q_z, z);
            put(Q_v_y, v_y);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma = fixed(Q_gamma);
        const vec beta = fixed(Q_beta);
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec headmean_v_y = get(Q_headmean_v_y);
            const vec v = get(Q_v);
            const vec k = get(Q_k);
            const vec y = z / square_root(headmean_v_y + epsilon);
            const vec g = gamma * (gamma * y + beta - (v - k));
            const vec v_p = g * y;
            put(Q_y, y);
            put(Q_g, g);
            put(Q_v_p, v_p);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of heads by value. */
static void step_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec headmean_g = get(Q_headmean_g);
            const vec y = get(Q_y);
            const vec headmean_v_p = get(Q_headmean_v_p);
            const vec headmean_v_y = get(Q_headmean_v_y);
            const vec p = (g - headmean_g - y * headmean_v_p) / square_root(headmean_v_y + epsilon);
            put(Q_p, p);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of heads by value. */
static void step_6_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_49 = get(Q_a_49);
            const vec d_prev = get(Q_d_prev);
            const vec scaled_d = -a_49;
            const vec d = d_prev + scaled_d;
            put(Q_d, d);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step, panels of heads by value by value. */
static void step_7_heads_value_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_48 = get(Q_a_48);
            const vec S_prev = get(Q_S_prev);
            const vec scaled_S2 = -a_48;
            const vec S = S_prev + scaled_S2;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step, panels of heads by value. */
static void step_8_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec read_W_q = get(Q_read_W_q);
            const vec read_S_q = get(Q_read_S_q);
            const vec d = get(Q_d);
            const vec v_u = read_W_q + read_S_q + b + d;
            put(Q_v_u, v_u);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step, panels of heads by value. */
static void step_9_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec read_W_q = get(Q_read_W_q);
            const vec read_S_q = get(Q_read_S_q);
            const vec d = get(Q_d);
            const vec headmean_v_u = get(Q_headmean_v_u);
            const vec u = read_W_q + read_S_q + b + d - headmean_v_u;
            const vec v_o = power(u, 2);
            put(Q_u, u);
            put(Q_v_o, v_o);
        }
    }
    (void)keep;
}

/* Stage 10 of a time step, panels of heads by value. */
static void step_10_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        const vec beta = fixed(Q_beta);
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q);
            const vec u = get(Q_u);
            const vec headmean_v_o = get(Q_headmean_v_o);
            const vec o = q + gamma * u / square_root(headmean_v_o + epsilon) + beta;
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 11 of a time step, panels of units. */
static void step_11(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec d_y2 = get(Q_d_y2);
            const vec d_h = d_h_later + d_y2;
            const vec d_h_prev = splat(R(0));
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value by value. */
static void back_1_heads_value_value(const At *restrict at, long first, long end, long rows, int keep)
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
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec headmean_v_y = get(Q_headmean_v_y);
            const vec d_d_next = get(Q_d_d_later);
            const vec dp_dg = R(1) / square_root(headmean_v_y + epsilon);
            put(Q_d_d_next, d_d_next);
            put(Q_dp_dg, dp_dg);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec eta = fixed(Q_eta);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_a_r = get(Q_sigmoid_a_r);
            const vec factor = eta * sigmoid_a_r * (R(1) - sigmoid_a_r);
            put(Q_factor, factor);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec u = get(Q_u);
            const vec headmean_v_o = get(Q_headmean_v_o);
            const vec d_o = get(Q_d_o_);
            const vec d_headmean_v_o = -R(0.5) * d_o * gamma * u / vpow(headmean_v_o + epsilon, splat(R(1.5)));
            const vec a_130 = d_o * u / square_root(headmean_v_o + epsilon);
            put(Q_d_o, d_o);
            put(Q_d_headmean_v_o, d_headmean_v_o);
            put(Q_a_130, a_130);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value. */
static void back_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec d_v_o = get(Q_d_v_o);
            const vec u = get(Q_u);
            const vec d_o = get(Q_d_o);
            const vec headmean_v_o = get(Q_headmean_v_o);
            const vec d_u = R(2) * d_v_o * u + d_o * gamma / square_root(headmean_v_o + epsilon);
            const vec d_headmean_v_u = -d_u;
            put(Q_d_u, d_u);
            put(Q_d_headmean_v_u, d_headmean_v_u);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_u = get(Q_d_v_u);
            const vec d_u = get(Q_d_u);
            const vec d_d_next = get(Q_d_d_next);
            const vec d_read_S_q = d_v_u + d_u;
            const vec d_read_W_q = d_v_u + d_u;
            const vec d_d = d_d_next + d_v_u + d_u;
            put(Q_d_read_S_q, d_read_S_q);
            put(Q_d_read_W_q, d_read_W_q);
            put(Q_d_d, d_d);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value by value. */
static void back_5_heads_value_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_94 = get(Q_a_94);
            const vec d_S = d_S_next + a_94;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value. */
static void back_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_98 = get(Q_a_98);
            const vec d_o = get(Q_d_o);
            const vec a_120 = get(Q_a_120);
            const vec a_121 = get(Q_a_121);
            const vec a_99 = -a_98;
            const vec d_q = d_o + a_120 + a_121;
            put(Q_a_99, a_99);
            put(Q_d_q, d_q);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_113 = get(Q_a_113);
            const vec a_114 = -a_113;
            put(Q_a_114, a_114);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads by value. */
static void back_6_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_95 = get(Q_a_95);
            const vec a_118 = get(Q_a_118);
            const vec d_scaled_S = -a_95;
            const vec a_119 = -a_118;
            put(Q_d_scaled_S, d_scaled_S);
            put(Q_a_119, a_119);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads by value. */
static void back_7_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec a_97 = get(Q_a_97);
            const vec a_99 = get(Q_a_99);
            const vec y = get(Q_y);
            const vec headmean_v_y = get(Q_headmean_v_y);
            const vec d_p = a_97 + a_99;
            const vec d_headmean_v_p = -d_p * y / square_root(headmean_v_y + epsilon);
            const vec d_headmean_g = -d_p / square_root(headmean_v_y + epsilon);
            put(Q_d_p, d_p);
            put(Q_d_headmean_v_p, d_headmean_v_p);
            put(Q_d_headmean_g, d_headmean_g);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads. */
static void back_7_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec factor = get(Q_factor);
            const vec a_112 = get(Q_a_112);
            const vec a_114 = get(Q_a_114);
            const vec d_a_r = factor * a_112 + factor * a_114;
            d_bias_i_heads += d_a_r;
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias_i_heads, d_bias_i_heads);
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads by value. */
static void back_8_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        const vec beta = fixed(Q_beta);
        vec d_gamma = splat(0);
        vec d_beta = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v_p = get(Q_d_v_p);
            const vec y = get(Q_y);
            const vec d_p = get(Q_d_p);
            const vec dp_dg = get(Q_dp_dg);
            const vec a_104 = get(Q_a_104);
            const vec g = get(Q_g);
            const vec headmean_v_p = get(Q_headmean_v_p);
            const vec headmean_v_y = get(Q_headmean_v_y);
            const vec p = get(Q_p);
            const vec v = get(Q_v);
            const vec k = get(Q_k);
            const vec a_130 = get(Q_a_130);
            const vec d_o = get(Q_d_o);
            const vec d_g = d_v_p * y + d_p * dp_dg + a_104;
            const vec d_y = d_g * gamma * gamma + d_v_p * g - d_p * headmean_v_p / square_root(headmean_v_y + epsilon);
            const vec d_headmean_v_y = -R(0.5) * d_y * y / square_root(headmean_v_y + epsilon) / square_root(headmean_v_y + epsilon) - R(0.5) * d_p * p / square_root(headmean_v_y + epsilon) / square_root(headmean_v_y + epsilon);
            const vec d_v = -d_g * gamma;
            d_gamma += d_g * (gamma * y + beta - (v - k) + gamma * y);
            d_gamma += a_130;
            d_beta += d_g * gamma;
            d_beta += d_o;
            put(Q_d_g, d_g);
            put(Q_d_y, d_y);
            put(Q_d_headmean_v_y, d_headmean_v_y);
            put(Q_d_v, d_v);
        }
        add(Q_d_gamma, d_gamma);
        add(Q_d_beta, d_beta);
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of inputs. */
static void back_8_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_143 = get(Q_a_143_);
            put(Q_a_143, a_143);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step backwards, panels of heads by value. */
static void back_9_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_y = get(Q_d_v_y);
            const vec z = get(Q_z);
            const vec d_y = get(Q_d_y);
            const vec dp_dg = get(Q_dp_dg);
            const vec d_z = R(2) * d_v_y * z + d_y * dp_dg;
            const vec d_headmean_v_z = -d_z;
            put(Q_d_z, d_z);
            put(Q_d_headmean_v_z, d_headmean_v_z);
        }
    }
    (void)keep;
}

/* Stage 10 of a time step backwards, panels of heads by value. */
static void back_10_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_b = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v_z = get(Q_d_v_z);
            const vec d_z = get(Q_d_z);
            const vec d_d = get(Q_d_d);
            const vec d_v_u = get(Q_d_v_u);
            const vec d_u = get(Q_d_u);
            const vec d_read_S_k = d_v_z + d_z;
            const vec d_read_W_k = d_v_z + d_z;
            const vec d_d_prev = d_v_z + d_z + d_d;
            d_b += d_v_z;
            d_b += d_z;
            d_b += d_v_u;
            d_b += d_u;
            put(Q_d_read_S_k, d_read_S_k);
            put(Q_d_read_W_k, d_read_W_k);
            put(Q_d_d_prev, d_d_prev);
        }
        add(Q_d_b, d_b);
    }
    (void)keep;
}

/* Stage 11 of a time step backwards, panels of heads by value. */
static void back_11_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        for (long row = 0; row < rows; row++) {
            const vec d_g = get(Q_d_g);
            const vec a_116 = get(Q_a_116);
            const vec a_117 = get(Q_a_117);
            const vec a_119 = get(Q_a_119);
            const vec d_k = d_g * gamma + a_116 + a_117 + a_119;
            put(Q_d_k, d_k);
        }
    }
    (void)keep;
}

/* Stage 11 of a time step backwards, panels of heads by value by value. */
static void back_11_heads_value_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_W = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_S = get(Q_d_S);
            const vec a_122 = get(Q_a_122);
            const vec a_127 = get(Q_a_127);
            const vec a_128 = get(Q_a_128);
            const vec d_S_prev = d_S + a_122;
            d_W += a_127 + a_128;
            put(Q_d_S_prev, d_S_prev);
        }
        add(Q_d_W, d_W);
    }
    (void)keep;
}

/* Stage 12 of a time step backwards, panels of inputs. */
static void back_12_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_142_ = get(Q_a_142_);
            const vec a_143 = get(Q_a_143);
            const vec d_x = a_142_ + a_143;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_value, 1},
    {SIZE_heads_value, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_i_heads", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"W", SIZE_heads_value_value, ONE, ONE, 1, 0, 0},
    {"b", SIZE_heads_value, ONE, ONE, 1, 0, 0},
    {"gamma", SIZE_heads_value, ONE, ONE, 1, 0, 0},
    {"beta", SIZE_heads_value, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "eta",
    "epsilon",
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {3, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads},
    {0, 0, 3, 1, 0, INPUT_SIZE, SIZE_heads_value},
};

static const Buffer buffers[] = {
    {SIZE_heads_value, 1, 3},
    {SIZE_heads, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads_value_value, 4, 0},
    {OF_TENSOR, SIZE_heads_value, 5, 0},
    {OF_TENSOR, SIZE_heads_value, 6, 0},
    {OF_TENSOR, SIZE_heads_value, 7, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
};

static const Bias biases[] = {
    {SIZE_heads, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_q, Q_x}}},
    {1, 0, 1, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {2, 0, 0, SIZE_heads, 0, 0},
    {4, 0, 4, SIZE_heads_value_value, 0, 0},
    {5, 0, 3, SIZE_heads_value, 0, 0},
    {6, 0, 1, SIZE_heads_value, 0, 0},
    {7, 0, 2, SIZE_heads_value, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_q_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_r_}, step_1_heads}}},
    {3, 1, (const Reduction[]){{CONTRACTION, Q_read_W_k, 2, (const short[]){Q_W, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_read_W_q, 2, (const short[]){Q_W, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_read_S_k, 2, (const short[]){Q_S_prev, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_2_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_headmean_v_z, 1, (const short[]){Q_v_z}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_3_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_headmean_v_y, 1, (const short[]){Q_v_y}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {2, 1, (const Reduction[]){{MEAN_OF, Q_headmean_g, 1, (const short[]){Q_g}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_headmean_v_p, 1, (const short[]){Q_v_p}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_5_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 2, (const short[]){Q_r, Q_p}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_49, 2, (const short[]){Q_r, Q_p}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_6_heads_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_48, 2, (const short[]){Q_scaled_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_value, 0, 0, 0, 0, 0, step_7_heads_value_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_8_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_headmean_v_u, 1, (const short[]){Q_v_u}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_9_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_headmean_v_o, 1, (const short[]){Q_v_o}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_10_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_11}}},
};

static const Stage backward[] = {
    {0, 4, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_value, 0, 0, 0, 0, 0, back_1_heads_value_value}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_d_v_o, 1, (const short[]){Q_d_headmean_v_o}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_3_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_d_v_u, 1, (const short[]){Q_d_headmean_v_u}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}}},
    {6, 3, (const Reduction[]){{CONTRACTION, Q_a_94, 2, (const short[]){Q_d_read_S_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_98, 2, (const short[]){Q_d_d, Q_r}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_a_113, 2, (const short[]){Q_d_d, Q_p}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_120, 2, (const short[]){Q_d_read_W_q, Q_W}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_121, 2, (const short[]){Q_d_read_S_q, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_128, 2, (const short[]){Q_d_read_W_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_value, 0, 0, 0, 0, 0, back_5_heads_value_value}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_5_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_95, 2, (const short[]){Q_d_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_118, 2, (const short[]){Q_d_S, Q_scaled_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_value, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_6_heads_value}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_a_97, 2, (const short[]){Q_d_scaled_S, Q_r}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_a_112, 2, (const short[]){Q_d_scaled_S, Q_p}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_7_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_7_heads}}},
    {2, 2, (const Reduction[]){{MEAN_OF, Q_d_v_p, 1, (const short[]){Q_d_headmean_v_p}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_a_104, 1, (const short[]){Q_d_headmean_g}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_8_heads_value}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 4, -1, 0, 1, (const short[]){Q_d_a_r}}}, (const short[]){Q_a_143_}, back_8_inputs}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_d_v_y, 1, (const short[]){Q_d_headmean_v_y}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_9_heads_value}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_d_v_z, 1, (const short[]){Q_d_headmean_v_z}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_10_heads_value}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_a_116, 2, (const short[]){Q_d_read_W_k, Q_W}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_117, 2, (const short[]){Q_d_read_S_k, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_122, 2, (const short[]){Q_d_read_S_k, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_127, 2, (const short[]){Q_d_read_W_k, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_11_heads_value}, {SIZE_heads_value_value, 0, 0, 0, 0, 0, back_11_heads_value_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{4, 5, -1, 0, 3, (const short[]){Q_d_q, Q_d_k, Q_d_v}}}, (const short[]){Q_a_142_}, back_12_inputs}}},
};

static const char *const sizes[] = {
    "heads*value",
    "heads",
    "value",
    "heads*value*value",
};

const Cell derive_cell = {
    .name = "ttt_linear",
    .quantities = 115,
    .forward_quantities = 46,
    .states = 3,
    .inputs = 1,
    .axes = 8,
    .tensors = 8,
    .constants = 2,
    .packs = 6,
    .buffers = 6,
    .fixed = 6,
    .biases = 1,
    .early = 2,
    .outers = 3,
    .totals = 5,
    .sums = 5,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 11,
    .backward_stages = 12,
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
