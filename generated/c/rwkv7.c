/* Of rwkv7.py as it was written, SHA-256 0a1a5f894f073f54b99200136047ef870b54601f804748c3617e147b550bffd9 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * RWKV-7. One time step:
 *
 *     rₜ = W_ir xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     aₜ = σ(W_ia xₜ + b_ia)
 *     wₜ = exp(−exp(−1/2) σ(W_iw xₜ + b_iw))
 *     gₜ = W_ig xₜ
 *     k̄ₜ = ξ ⊙ kₜ
 *     k̂ₜ = k̄ₜ/sqrt(k̄ₜᵀ k̄ₜ + 0.000001)
 *     k̃ₜ = kₜ ⊙ (1 + (aₜ − 1) ⊙ μ)
 *     Sₜ = Sₜ₋₁ diag(wₜ) − Sₜ₋₁ k̂ₜ (aₜ ⊙ k̂ₜ)ᵀ + vₜ k̃ₜᵀ
 *     oₜ = gₜ ⊙ (Sₜ rₜ + (ρ ⊙ k̃ₜ)ᵀ rₜ vₜ)
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_r_,
    Q_k_,
    Q_v_,
    Q_g_,
    Q_a_a_,
    Q_a_w_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_r,
    Q_k,
    Q_a,
    Q_sigmoid_a_w,
    Q_w,
    Q_k_bar,
    Q_k_tilde,
    Q_v_o,
    Q_v,
    Q_g,
    Q_dot_k_hat,
    Q_dot_o,
    Q_columns_S_w,
    Q_outer_S,
    Q_v_k_hat,
    Q_k_hat,
    Q_scaled_o,
    Q_v_S,
    Q_read_S_k_hat,
    Q_a_38,
    Q_read_S_r,
    Q_o,
    Q_xi,
    Q_mu,
    Q_rho,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_117_,
    Q_a_119_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_r,
    Q_d_k,
    Q_d_a_a,
    Q_d_a_w,
    Q_d_v,
    Q_d_g,
    Q_d_h,
    Q_d_S_next,
    Q_factor3,
    Q_factor2,
    Q_factor,
    Q_d_scaled_o,
    Q_d_read_S_r,
    Q_d_dot_o,
    Q_a_69,
    Q_a_87,
    Q_a_89,
    Q_d_S,
    Q_d_v_o,
    Q_a_70,
    Q_a_72,
    Q_a_74,
    Q_scaled_d_S,
    Q_a_86,
    Q_a_90,
    Q_a_91,
    Q_d_v_S,
    Q_d_k_tilde,
    Q_d_read_S_k_hat,
    Q_a_75,
    Q_a_126,
    Q_a_92,
    Q_d_k_hat,
    Q_a_119,
    Q_scaled_d_k_hat,
    Q_a_80,
    Q_a_129,
    Q_d_dot_k_hat,
    Q_a_78,
    Q_a_79,
    Q_d_bias_i_heads_key_0,
    Q_d_mu,
    Q_d_rho,
    Q_d_bias_i_heads_key_1,
    Q_d_xi
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads, SIZE_key, SIZE_value, SIZE_heads_value_key };

static const Quantity quantities[] = {
    [Q_r_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_r_},
    [Q_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_r_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_g_] = {EARLY, SIZE_heads_value, 0, 1, 1, Q_v_},
    [Q_a_a_] = {EARLY, SIZE_heads_key, 0, 2, 0, Q_a_a_},
    [Q_a_w_] = {EARLY, SIZE_heads_key, 0, 2, 1, Q_a_a_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_r] = {ROW, SIZE_heads_key, 1, 4, 0, Q_r},
    [Q_k] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_k},
    [Q_a] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_k},
    [Q_sigmoid_a_w] = {PANEL, SIZE_heads_key, 1, 2, 0, Q_k},
    [Q_w] = {ROW, SIZE_heads_key, 1, 5, 0, Q_w},
    [Q_k_bar] = {ROW, SIZE_heads_key, 1, 6, 0, Q_k_bar},
    [Q_k_tilde] = {ROW, SIZE_heads_key, 1, 7, 0, Q_k_tilde},
    [Q_v_o] = {ROW, SIZE_heads_key, 1, 8, 0, Q_v_o},
    [Q_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_g] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_g},
    [Q_dot_k_hat] = {ROW, SIZE_heads, 1, 0, 0, Q_dot_k_hat},
    [Q_dot_o] = {ROW, SIZE_heads, 1, 1, 0, Q_dot_o},
    [Q_columns_S_w] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_columns_S_w},
    [Q_outer_S] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_outer_S},
    [Q_v_k_hat] = {ROW, SIZE_heads, 1, 2, 0, Q_v_k_hat},
    [Q_k_hat] = {ROW, SIZE_heads_key, 1, 9, 0, Q_k_hat},
    [Q_scaled_o] = {ROW, SIZE_heads_value, 1, 3, 0, Q_scaled_o},
    [Q_v_S] = {ROW, SIZE_heads_key, 1, 10, 0, Q_v_S},
    [Q_read_S_k_hat] = {ROW, SIZE_heads_value, 1, 4, 0, Q_read_S_k_hat},
    [Q_a_38] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_a_38},
    [Q_read_S_r] = {ROW, SIZE_heads_value, 1, 5, 0, Q_read_S_r},
    [Q_o] = {ROW, SIZE_heads_value, 1, 6, 0, Q_o},
    [Q_xi] = {FIXED, SIZE_heads_key, 0, 0, 0, Q_xi},
    [Q_mu] = {FIXED, SIZE_heads_key, 0, 1, 0, Q_mu},
    [Q_rho] = {FIXED, SIZE_heads_key, 0, 2, 0, Q_rho},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_o_},
    [Q_a_117_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_117_},
    [Q_a_119_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_119_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_r] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_r},
    [Q_d_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_k},
    [Q_d_a_a] = {ROW, SIZE_heads_key, 1, 2, 0, Q_d_a_a},
    [Q_d_a_w] = {ROW, SIZE_heads_key, 1, 3, 0, Q_d_a_w},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_g] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_g},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_factor3] = {ROW, SIZE_heads, 0, 0, 0, Q_factor3},
    [Q_factor2] = {ROW, SIZE_heads_key, 0, 0, 0, Q_factor2},
    [Q_factor] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_factor},
    [Q_d_scaled_o] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_scaled_o},
    [Q_d_read_S_r] = {ROW, SIZE_heads_value, 0, 1, 0, Q_d_read_S_r},
    [Q_d_dot_o] = {ROW, SIZE_heads, 0, 1, 0, Q_d_dot_o},
    [Q_a_69] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_a_69},
    [Q_a_87] = {ROW, SIZE_heads_value, 0, 2, 0, Q_a_87},
    [Q_a_89] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_89},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_d_S},
    [Q_d_v_o] = {ROW, SIZE_heads_key, 0, 2, 0, Q_d_v_o},
    [Q_a_70] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_70},
    [Q_a_72] = {ROW, SIZE_heads_value, 0, 3, 0, Q_a_72},
    [Q_a_74] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_74},
    [Q_scaled_d_S] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_scaled_d_S},
    [Q_a_86] = {ROW, SIZE_heads_value, 0, 4, 0, Q_a_86},
    [Q_a_90] = {ROW, SIZE_heads_key, 0, 5, 0, Q_a_90},
    [Q_a_91] = {ROW, SIZE_heads_value_key, 0, 6, 0, Q_a_91},
    [Q_d_v_S] = {PANEL, SIZE_heads_key, 0, 1, 0, Q_factor},
    [Q_d_k_tilde] = {PANEL, SIZE_heads_key, 0, 2, 0, Q_factor},
    [Q_d_read_S_k_hat] = {ROW, SIZE_heads_value, 0, 5, 0, Q_d_read_S_k_hat},
    [Q_a_75] = {ROW, SIZE_heads_key, 0, 6, 0, Q_a_75},
    [Q_a_126] = {ROW, SIZE_heads_key, 0, 7, 0, Q_a_126},
    [Q_a_92] = {ROW, SIZE_heads_value_key, 0, 7, 0, Q_a_92},
    [Q_d_k_hat] = {ROW, SIZE_heads_key, 0, 8, 0, Q_d_k_hat},
    [Q_a_119] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_119},
    [Q_scaled_d_k_hat] = {ROW, SIZE_heads_key, 0, 9, 0, Q_scaled_d_k_hat},
    [Q_a_80] = {ROW, SIZE_heads_key, 0, 10, 0, Q_a_80},
    [Q_a_129] = {ROW, SIZE_heads, 0, 2, 0, Q_a_129},
    [Q_d_dot_k_hat] = {ROW, SIZE_heads, 0, 3, 0, Q_d_dot_k_hat},
    [Q_a_78] = {ROW, SIZE_heads_key, 0, 11, 0, Q_a_78},
    [Q_a_79] = {ROW, SIZE_heads_key, 0, 12, 0, Q_a_79},
    [Q_d_bias_i_heads_key_0] = {SUM, SIZE_heads_key, 0, 0, 0, Q_d_bias_i_heads_key_0},
    [Q_d_mu] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_mu},
    [Q_d_rho] = {SUM, SIZE_heads_key, 0, 2, 0, Q_d_rho},
    [Q_d_bias_i_heads_key_1] = {SUM, SIZE_heads_key, 0, 3, 0, Q_d_bias_i_heads_key_1},
    [Q_d_xi] = {SUM, SIZE_heads_key, 0, 4, 0, Q_d_xi},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec xi = fixed(Q_xi);
        const vec mu = fixed(Q_mu);
        const vec rho = fixed(Q_rho);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r_);
            const vec k = get(Q_k_);
            const vec a_a = get(Q_a_a_);
            const vec a_w = get(Q_a_w_);
            const vec a = vsigmoid(a_a);
            const vec sigmoid_a_w = vsigmoid(a_w);
            const vec w = vexp(-R(0.6065306597126334) * sigmoid_a_w);
            const vec k_bar = xi * k;
            const vec k_tilde = k * (R(1) + (a - R(1)) * mu);
            const vec v_o = rho * k_tilde;
            put(Q_r, r);
            put(Q_a, a);
            put(Q_w, w);
            put(Q_k_bar, k_bar);
            put(Q_k_tilde, k_tilde);
            put(Q_v_o, v_o);
            if (keep) {
                put(Q_k, k);
                put(Q_sigmoid_a_w, sigmoid_a_w);
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
            const vec v = get(Q_v_);
            const vec g = get(Q_g_);
            put(Q_v, v);
            put(Q_g, g);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads. */
static void step_2_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec dot_k_hat = get(Q_dot_k_hat);
            const vec v_k_hat = R(1) / square_root(dot_k_hat + R(1e-06));
            put(Q_v_k_hat, v_k_hat);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by key. */
static void step_3_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a = get(Q_a);
            const vec k_hat = get(Q_k_hat);
            const vec v_S = a * k_hat;
            put(Q_v_S, v_S);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of heads by value by key. */
static void step_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec a_38 = get(Q_a_38);
            const vec columns_S_w = get(Q_columns_S_w);
            const vec outer_S = get(Q_outer_S);
            const vec scaled_S = -a_38;
            const vec S = columns_S_w + scaled_S + outer_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of heads by value. */
static void step_6_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec read_S_r = get(Q_read_S_r);
            const vec scaled_o = get(Q_scaled_o);
            const vec o = g * (read_S_r + scaled_o);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step, panels of units. */
static void step_7(const At *restrict at, long first, long end, long rows, int keep)
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

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec v_k_hat = get(Q_v_k_hat);
            const vec dot_k_hat = get(Q_dot_k_hat);
            const vec factor3 = v_k_hat / (dot_k_hat + R(1e-06));
            put(Q_factor3, factor3);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec w = get(Q_w);
            const vec sigmoid_a_w = get(Q_sigmoid_a_w);
            const vec a = get(Q_a);
            const vec factor2 = w * sigmoid_a_w * (R(1) - sigmoid_a_w);
            const vec factor = a * (R(1) - a);
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
            const vec g = get(Q_g);
            const vec read_S_r = get(Q_read_S_r);
            const vec scaled_o = get(Q_scaled_o);
            const vec d_o = get(Q_d_o_);
            const vec d_scaled_o = d_o * g;
            const vec d_read_S_r = d_o * g;
            const vec d_g = d_o * (read_S_r + scaled_o);
            put(Q_d_scaled_o, d_scaled_o);
            put(Q_d_read_S_r, d_read_S_r);
            put(Q_d_g, d_g);
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
            const vec a_69 = get(Q_a_69);
            const vec d_S = d_S_next + a_69;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key. */
static void back_4_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec rho = fixed(Q_rho);
        const vec mu = fixed(Q_mu);
        vec d_bias_i_heads_key_0 = splat(0);
        vec d_mu = splat(0);
        vec d_rho = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_70 = get(Q_a_70);
            const vec d_v_o = get(Q_d_v_o);
            const vec a_74 = get(Q_a_74);
            const vec factor = get(Q_factor);
            const vec k = get(Q_k);
            const vec k_hat = get(Q_k_hat);
            const vec a_89 = get(Q_a_89);
            const vec a_90 = get(Q_a_90);
            const vec a = get(Q_a);
            const vec k_tilde = get(Q_k_tilde);
            const vec d_v_S = -a_70;
            const vec d_k_tilde = d_v_o * rho + a_74;
            const vec d_a_a = factor * d_k_tilde * k * mu + factor * d_v_S * k_hat;
            const vec d_r = a_89 + a_90;
            d_bias_i_heads_key_0 += d_a_a;
            d_mu += (a - R(1)) * d_k_tilde * k;
            d_rho += d_v_o * k_tilde;
            put(Q_d_v_S, d_v_S);
            put(Q_d_k_tilde, d_k_tilde);
            put(Q_d_a_a, d_a_a);
            put(Q_d_r, d_r);
        }
        add(Q_d_bias_i_heads_key_0, d_bias_i_heads_key_0);
        add(Q_d_mu, d_mu);
        add(Q_d_rho, d_rho);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_72 = get(Q_a_72);
            const vec a_86 = get(Q_a_86);
            const vec a_87 = get(Q_a_87);
            const vec d_read_S_k_hat = -a_72;
            const vec d_v = a_86 + a_87;
            put(Q_d_read_S_k_hat, d_read_S_k_hat);
            put(Q_d_v, d_v);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_key_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v_S = get(Q_d_v_S);
            const vec a = get(Q_a);
            const vec a_75 = get(Q_a_75);
            const vec a_126 = get(Q_a_126);
            const vec d_k_hat = d_v_S * a + a_75;
            const vec d_a_w = -a_126 * R(0.6065306597126334);
            d_bias_i_heads_key_1 += d_a_w;
            put(Q_d_k_hat, d_k_hat);
            put(Q_d_a_w, d_a_w);
        }
        add(Q_d_bias_i_heads_key_1, d_bias_i_heads_key_1);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value by key. */
static void back_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_91 = get(Q_a_91);
            const vec a_92 = get(Q_a_92);
            const vec d_S_prev = a_91 + a_92;
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_119 = get(Q_a_119_);
            put(Q_a_119, a_119);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads. */
static void back_7_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_129 = get(Q_a_129);
            const vec d_dot_k_hat = -R(0.5) * a_129;
            put(Q_d_dot_k_hat, d_dot_k_hat);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads by key. */
static void back_8_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec xi = fixed(Q_xi);
        const vec mu = fixed(Q_mu);
        vec d_xi = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_78 = get(Q_a_78);
            const vec a_79 = get(Q_a_79);
            const vec a_80 = get(Q_a_80);
            const vec d_k_tilde = get(Q_d_k_tilde);
            const vec a = get(Q_a);
            const vec k = get(Q_k);
            const vec d_k_bar = a_78 + a_79 + a_80;
            const vec d_k = d_k_bar * xi + d_k_tilde * (R(1) + (a - R(1)) * mu);
            d_xi += d_k_bar * k;
            put(Q_d_k, d_k);
        }
        add(Q_d_xi, d_xi);
    }
    (void)keep;
}

/* Stage 9 of a time step backwards, panels of inputs. */
static void back_9_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_117_ = get(Q_a_117_);
            const vec a_119 = get(Q_a_119);
            const vec d_x = a_117_ + a_119;
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
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_heads_key", SIZE_heads_key, ONE, ONE, 2, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"xi", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"mu", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"rho", SIZE_heads_key, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {0, 2, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {3, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {0, 0, 4, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 2},
    {SIZE_heads_key, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads_key, 4, 0},
    {OF_TENSOR, SIZE_heads_key, 5, 0},
    {OF_TENSOR, SIZE_heads_key, 6, 0},
};

static const Bias biases[] = {
    {SIZE_heads_key, 2, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_r, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {2, 0, 0, SIZE_heads_key, 0, 0},
    {2, 1, 3, SIZE_heads_key, 0, 0},
    {4, 0, 4, SIZE_heads_key, 0, 0},
    {5, 0, 1, SIZE_heads_key, 0, 0},
    {6, 0, 2, SIZE_heads_key, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_heads_key, 0, 0, 2, 0, (const short[]){Q_r_, Q_a_a_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_heads_value}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_dot_k_hat, 2, (const short[]){Q_k_bar, Q_k_bar}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_dot_o, 2, (const short[]){Q_v_o, Q_r}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_columns_S_w, 2, (const short[]){Q_S_prev, Q_w}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_k_tilde}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, step_2_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_k_hat, 2, (const short[]){Q_v_k_hat, Q_k_bar}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_o, 2, (const short[]){Q_dot_o, Q_v}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, step_3_heads_key}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_read_S_k_hat, 2, (const short[]){Q_S_prev, Q_k_hat}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_38, 2, (const short[]){Q_read_S_k_hat, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_5_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_r, 2, (const short[]){Q_S, Q_r}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_6_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_7}}},
};

static const Stage backward[] = {
    {0, 4, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_d_dot_o, 2, (const short[]){Q_d_scaled_o, Q_v}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_69, 2, (const short[]){Q_d_read_S_r, Q_r}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_87, 2, (const short[]){Q_d_scaled_o, Q_dot_o}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_a_89, 2, (const short[]){Q_d_read_S_r, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {8, 2, (const Reduction[]){{CONTRACTION, Q_d_v_o, 2, (const short[]){Q_d_dot_o, Q_r}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_70, 2, (const short[]){Q_d_S, Q_read_S_k_hat}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_72, 2, (const short[]){Q_d_S, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_74, 2, (const short[]){Q_d_S, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_scaled_d_S, 2, (const short[]){Q_factor2, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_a_86, 2, (const short[]){Q_d_S, Q_k_tilde}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_90, 2, (const short[]){Q_d_dot_o, Q_v_o}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_91, 2, (const short[]){Q_d_S, Q_w}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_4_heads_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}}},
    {3, 3, (const Reduction[]){{CONTRACTION, Q_a_75, 2, (const short[]){Q_d_read_S_k_hat, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_126, 2, (const short[]){Q_scaled_d_S, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_a_92, 2, (const short[]){Q_d_read_S_k_hat, Q_k_hat}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_5_heads_value_key}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{6, 5, -1, 0, 2, (const short[]){Q_d_v, Q_d_g}}}, (const short[]){Q_a_119_}, back_5_inputs}}},
    {2, 0, (const Reduction[]){{CONTRACTION, Q_scaled_d_k_hat, 2, (const short[]){Q_factor3, Q_d_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_80, 2, (const short[]){Q_d_k_hat, Q_v_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_129, 2, (const short[]){Q_scaled_d_k_hat, Q_k_bar}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_7_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_78, 2, (const short[]){Q_d_dot_k_hat, Q_k_bar}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_79, 2, (const short[]){Q_d_dot_k_hat, Q_k_bar}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_8_heads_key}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 4, (const short[]){Q_d_r, Q_d_k, Q_d_a_a, Q_d_a_w}}}, (const short[]){Q_a_117_}, back_9_inputs}}},
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
    .name = "rwkv7",
    .quantities = 90,
    .forward_quantities = 36,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 7,
    .constants = 0,
    .packs = 7,
    .buffers = 7,
    .fixed = 3,
    .biases = 1,
    .early = 3,
    .outers = 3,
    .totals = 5,
    .sums = 5,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 7,
    .backward_stages = 9,
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
