/* Of mlstm.py as it was written, SHA-256 0b936b00f530d8232fc12a0b8add52ddbfc21c6a2aa134a99011fcb56001c75f */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * mLSTM. One time step:
 *
 *     qₜ = W_iq xₜ + b_iq
 *     kₜ = W_ik xₜ + b_ik
 *     vₜ = W_iv xₜ + b_iv
 *     ĩₜ = W_ii_tilde xₜ + b_ii_tilde
 *     f̃ₜ = W_if_tilde xₜ + b_if_tilde
 *     oₜ = σ(W_io xₜ + b_io)
 *     m̂ₜ = −softplus(−f̃ₜ) + mₜ₋₁
 *     mₜ = max(ĩₜ, m̂ₜ)
 *     iₜ = exp(ĩₜ − mₜ)
 *     fₜ = exp(m̂ₜ − mₜ)
 *     Cₜ = fₜ Cₜ₋₁ + iₜ vₜ kₜᵀ
 *     nₜ = fₜ nₜ₋₁ + iₜ kₜ
 *     uₜ = oₜ ⊙ (Cₜ qₜ)/max(exp(−mₜ), |nₜᵀ qₜ|)
 *     hₜ = W_uh uₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_q_,
    Q_k_,
    Q_v_,
    Q_a_o_,
    Q_i_tilde_,
    Q_f_tilde_,
    Q_h_,
    Q_x,
    Q_C_prev,
    Q_n_prev,
    Q_m_prev,
    Q_h,
    Q_C,
    Q_n,
    Q_m,
    Q_q,
    Q_k,
    Q_v,
    Q_o,
    Q_i_tilde,
    Q_f_tilde,
    Q_m_hat,
    Q_i,
    Q_f,
    Q_exp_u,
    Q_scaled_C,
    Q_scaled_C2,
    Q_scaled_n,
    Q_scaled_n2,
    Q_dot_u,
    Q_read_C_q,
    Q_v_u,
    Q_v_u2,
    Q_u,
    Q_d_h_later,
    Q_d_y,
    Q_d_C_later,
    Q_d_n_later,
    Q_d_m_later,
    Q_d_u_,
    Q_a_118_,
    Q_d_h_prev,
    Q_d_C_prev,
    Q_d_n_prev,
    Q_d_m_prev,
    Q_d_x,
    Q_d_q,
    Q_d_k,
    Q_d_v,
    Q_d_a_o,
    Q_d_i_tilde,
    Q_d_f_tilde,
    Q_d_h,
    Q_d_C_next,
    Q_d_n_next,
    Q_d_m_next,
    Q_Abs_dot_u,
    Q_sign_dot_u,
    Q_d_u,
    Q_scaled_d_u,
    Q_scaled_d_v_u2,
    Q_d_v_u,
    Q_d_read_C_q,
    Q_d_dot_u,
    Q_a_70,
    Q_a_71,
    Q_a_84,
    Q_a_85,
    Q_d_n,
    Q_d_C,
    Q_a_72,
    Q_a_73,
    Q_a_74,
    Q_a_75,
    Q_a_82,
    Q_a_83,
    Q_d_bias_i_heads_value_1,
    Q_d_bias_i_heads_key_0,
    Q_d_bias_i_heads_0,
    Q_d_bias_i_heads_1,
    Q_d_bias_i_heads_key_1,
    Q_d_bias_i_heads_value_0
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads, SIZE_heads_value_key, SIZE_value, SIZE_key };

static const Quantity quantities[] = {
    [Q_q_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_q_},
    [Q_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_q_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_a_o_] = {EARLY, SIZE_heads_value, 0, 1, 1, Q_v_},
    [Q_i_tilde_] = {EARLY, SIZE_heads, 0, 2, 0, Q_i_tilde_},
    [Q_f_tilde_] = {EARLY, SIZE_heads, 0, 2, 1, Q_i_tilde_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_C_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_C_prev},
    [Q_n_prev] = {BEFORE, SIZE_heads_key, 0, 2, 0, Q_n_prev},
    [Q_m_prev] = {BEFORE, SIZE_heads, 0, 3, 0, Q_m_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_C] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_C},
    [Q_n] = {AFTER, SIZE_heads_key, 0, 2, 0, Q_n},
    [Q_m] = {AFTER, SIZE_heads, 0, 3, 0, Q_m},
    [Q_q] = {ROW, SIZE_heads_key, 1, 2, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 3, 0, Q_k},
    [Q_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_o] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_o},
    [Q_i_tilde] = {PANEL, SIZE_heads, 1, 0, 0, Q_i_tilde},
    [Q_f_tilde] = {PANEL, SIZE_heads, 1, 1, 0, Q_i_tilde},
    [Q_m_hat] = {PANEL, SIZE_heads, 1, 2, 0, Q_i_tilde},
    [Q_i] = {ROW, SIZE_heads, 1, 2, 0, Q_i},
    [Q_f] = {ROW, SIZE_heads, 1, 3, 0, Q_f},
    [Q_exp_u] = {PANEL, SIZE_heads, 1, 3, 0, Q_i_tilde},
    [Q_scaled_C] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_C},
    [Q_scaled_C2] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_scaled_C2},
    [Q_scaled_n] = {ROW, SIZE_heads_key, 0, 0, 0, Q_scaled_n},
    [Q_scaled_n2] = {ROW, SIZE_heads_key, 0, 1, 0, Q_scaled_n2},
    [Q_dot_u] = {ROW, SIZE_heads, 1, 4, 0, Q_dot_u},
    [Q_read_C_q] = {ROW, SIZE_heads_value, 1, 3, 0, Q_read_C_q},
    [Q_v_u] = {ROW, SIZE_heads, 1, 5, 0, Q_v_u},
    [Q_v_u2] = {ROW, SIZE_heads_value, 1, 4, 0, Q_v_u2},
    [Q_u] = {ROW, SIZE_heads_value, 1, 5, 0, Q_u},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_C_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_C_later},
    [Q_d_n_later] = {LATER, SIZE_heads_key, 0, 2, 0, Q_d_n_later},
    [Q_d_m_later] = {LATER, SIZE_heads, 0, 3, 0, Q_d_m_later},
    [Q_d_u_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_u_},
    [Q_a_118_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_118_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_C_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_C_prev},
    [Q_d_n_prev] = {EARLIER, SIZE_heads_key, 0, 2, 0, Q_d_n_prev},
    [Q_d_m_prev] = {EARLIER, SIZE_heads, 0, 3, 0, Q_d_m_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_q] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_a_o] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_o},
    [Q_d_i_tilde] = {ROW, SIZE_heads, 1, 0, 0, Q_d_i_tilde},
    [Q_d_f_tilde] = {ROW, SIZE_heads, 1, 1, 0, Q_d_f_tilde},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_C_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_C_next},
    [Q_d_n_next] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_d_n_next},
    [Q_d_m_next] = {PANEL, SIZE_heads, 0, 0, 0, Q_d_m_next},
    [Q_Abs_dot_u] = {PANEL, SIZE_heads, 0, 1, 0, Q_d_m_next},
    [Q_sign_dot_u] = {PANEL, SIZE_heads, 0, 2, 0, Q_d_m_next},
    [Q_d_u] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_u},
    [Q_scaled_d_u] = {ROW, SIZE_heads_value, 0, 1, 0, Q_scaled_d_u},
    [Q_scaled_d_v_u2] = {ROW, SIZE_heads_value, 0, 2, 0, Q_scaled_d_v_u2},
    [Q_d_v_u] = {ROW, SIZE_heads, 0, 0, 0, Q_d_v_u},
    [Q_d_read_C_q] = {ROW, SIZE_heads_value, 0, 3, 0, Q_d_read_C_q},
    [Q_d_dot_u] = {ROW, SIZE_heads, 0, 1, 0, Q_d_dot_u},
    [Q_a_70] = {ROW, SIZE_heads_key, 0, 2, 0, Q_a_70},
    [Q_a_71] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_a_71},
    [Q_a_84] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_84},
    [Q_a_85] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_85},
    [Q_d_n] = {ROW, SIZE_heads_key, 0, 5, 0, Q_d_n},
    [Q_d_C] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_d_C},
    [Q_a_72] = {ROW, SIZE_heads, 0, 2, 0, Q_a_72},
    [Q_a_73] = {ROW, SIZE_heads, 0, 3, 0, Q_a_73},
    [Q_a_74] = {ROW, SIZE_heads, 0, 4, 0, Q_a_74},
    [Q_a_75] = {ROW, SIZE_heads, 0, 5, 0, Q_a_75},
    [Q_a_82] = {ROW, SIZE_heads_key, 0, 6, 0, Q_a_82},
    [Q_a_83] = {ROW, SIZE_heads_key, 0, 7, 0, Q_a_83},
    [Q_d_bias_i_heads_value_1] = {SUM, SIZE_heads_value, 0, 0, 0, Q_d_bias_i_heads_value_1},
    [Q_d_bias_i_heads_key_0] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_bias_i_heads_key_0},
    [Q_d_bias_i_heads_0] = {SUM, SIZE_heads, 0, 2, 0, Q_d_bias_i_heads_0},
    [Q_d_bias_i_heads_1] = {SUM, SIZE_heads, 0, 3, 0, Q_d_bias_i_heads_1},
    [Q_d_bias_i_heads_key_1] = {SUM, SIZE_heads_key, 0, 4, 0, Q_d_bias_i_heads_key_1},
    [Q_d_bias_i_heads_value_0] = {SUM, SIZE_heads_value, 0, 5, 0, Q_d_bias_i_heads_value_0},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q_);
            const vec k = get(Q_k_);
            put(Q_q, q);
            put(Q_k, k);
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
            const vec a_o = get(Q_a_o_);
            const vec o = vsigmoid(a_o);
            put(Q_v, v);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec m_prev = get(Q_m_prev);
            const vec i_tilde = get(Q_i_tilde_);
            const vec f_tilde = get(Q_f_tilde_);
            const vec softplus_m_hat = vsoftplus(-f_tilde);
            const vec m_hat = -softplus_m_hat + m_prev;
            const vec m = maximum(i_tilde, m_hat);
            const vec i = vexp(i_tilde - m);
            const vec f = vexp(m_hat - m);
            const vec exp_u = vrate(-m);
            put(Q_m, m);
            put(Q_i, i);
            put(Q_f, f);
            put(Q_exp_u, exp_u);
            if (keep) {
                put(Q_i_tilde, i_tilde);
                put(Q_f_tilde, f_tilde);
                put(Q_m_hat, m_hat);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by value by key. */
static void step_2_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_C);
            const vec scaled_C = get(Q_scaled_C);
            const vec scaled_C2 = get(Q_scaled_C2);
            const vec C = scaled_C + scaled_C2;
            put(Q_C, C);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by key. */
static void step_2_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_n);
            const vec scaled_n = get(Q_scaled_n);
            const vec scaled_n2 = get(Q_scaled_n2);
            const vec n = scaled_n + scaled_n2;
            put(Q_n, n);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads. */
static void step_3_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec exp_u = get(Q_exp_u);
            const vec dot_u = get(Q_dot_u);
            const vec v_u = R(1) / maximum(exp_u, magnitude(dot_u));
            put(Q_v_u, v_u);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by value. */
static void step_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec o = get(Q_o);
            const vec read_C_q = get(Q_read_C_q);
            const vec v_u2 = o * read_C_q;
            put(Q_v_u2, v_u2);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec d_C_next = get(Q_d_C_later);
            put(Q_d_C_next, d_C_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_n_next = get(Q_d_n_later);
            put(Q_d_n_next, d_n_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec dot_u = get(Q_dot_u);
            const vec d_m_next = get(Q_d_m_later);
            const vec Abs_dot_u = magnitude(dot_u);
            const vec sign_dot_u = vsign(dot_u);
            put(Q_d_m_next, d_m_next);
            put(Q_Abs_dot_u, Abs_dot_u);
            put(Q_sign_dot_u, sign_dot_u);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec o = get(Q_o);
            const vec d_u = get(Q_d_u_);
            const vec scaled_d_u = o * d_u;
            put(Q_d_u, d_u);
            put(Q_scaled_d_u, scaled_d_u);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value. */
static void back_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_value_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec scaled_d_v_u2 = get(Q_scaled_d_v_u2);
            const vec o = get(Q_o);
            const vec read_C_q = get(Q_read_C_q);
            const vec d_read_C_q = scaled_d_v_u2;
            const vec d_a_o = (R(1) - o) * scaled_d_v_u2 * read_C_q;
            d_bias_i_heads_value_1 += d_a_o;
            put(Q_d_read_C_q, d_read_C_q);
            put(Q_d_a_o, d_a_o);
        }
        add(Q_d_bias_i_heads_value_1, d_bias_i_heads_value_1);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads. */
static void back_3_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec exp_u = get(Q_exp_u);
            const vec Abs_dot_u = get(Q_Abs_dot_u);
            const vec sign_dot_u = get(Q_sign_dot_u);
            const vec d_v_u = get(Q_d_v_u);
            const vec v_u = get(Q_v_u);
            const vec d_dot_u = -where(exp_u > Abs_dot_u, splat(R(0)), where(exp_u < Abs_dot_u, sign_dot_u, R(0.5) * sign_dot_u)) * d_v_u * v_u / maximum(Abs_dot_u, exp_u);
            put(Q_d_dot_u, d_dot_u);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key. */
static void back_4_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_key_0 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_n_next = get(Q_d_n_next);
            const vec a_70 = get(Q_a_70);
            const vec a_84 = get(Q_a_84);
            const vec a_85 = get(Q_a_85);
            const vec d_n = d_n_next + a_70;
            const vec d_q = a_84 + a_85;
            d_bias_i_heads_key_0 += d_q;
            put(Q_d_n, d_n);
            put(Q_d_q, d_q);
        }
        add(Q_d_bias_i_heads_key_0, d_bias_i_heads_key_0);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value by key. */
static void back_4_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_C_next = get(Q_d_C_next);
            const vec a_71 = get(Q_a_71);
            const vec d_C = d_C_next + a_71;
            put(Q_d_C, d_C);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_0 = splat(0);
        vec d_bias_i_heads_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_72 = get(Q_a_72);
            const vec a_73 = get(Q_a_73);
            const vec f = get(Q_f);
            const vec a_74 = get(Q_a_74);
            const vec a_75 = get(Q_a_75);
            const vec i = get(Q_i);
            const vec d_m_next = get(Q_d_m_next);
            const vec exp_u = get(Q_exp_u);
            const vec Abs_dot_u = get(Q_Abs_dot_u);
            const vec d_v_u = get(Q_d_v_u);
            const vec v_u = get(Q_v_u);
            const vec i_tilde = get(Q_i_tilde);
            const vec m_hat = get(Q_m_hat);
            const vec f_tilde = get(Q_f_tilde);
            const vec d_f = a_72 + a_73;
            const vec d_a_f = d_f * f;
            const vec d_i = a_74 + a_75;
            const vec d_a_i = d_i * i;
            const vec d_m = d_m_next - d_a_i - d_a_f + where(exp_u > Abs_dot_u, splat(R(1)), where(exp_u < Abs_dot_u, splat(R(0)), splat(R(0.5)))) * d_v_u * v_u / maximum(Abs_dot_u, exp_u) * exp_u;
            const vec d_m_hat = where(i_tilde > m_hat, splat(R(0)), where(i_tilde < m_hat, d_m, R(0.5) * d_m)) + d_a_f;
            const vec d_f_tilde = d_m_hat * vsigmoid(-f_tilde);
            const vec d_i_tilde = where(i_tilde > m_hat, d_m, where(i_tilde < m_hat, splat(R(0)), R(0.5) * d_m)) + d_a_i;
            const vec d_m_prev = d_m_hat;
            d_bias_i_heads_0 += d_i_tilde;
            d_bias_i_heads_1 += d_f_tilde;
            put(Q_d_f_tilde, d_f_tilde);
            put(Q_d_i_tilde, d_i_tilde);
            put(Q_d_m_prev, d_m_prev);
        }
        add(Q_d_bias_i_heads_0, d_bias_i_heads_0);
        add(Q_d_bias_i_heads_1, d_bias_i_heads_1);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_key_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_82 = get(Q_a_82);
            const vec a_83 = get(Q_a_83);
            const vec d_k = a_82 + a_83;
            d_bias_i_heads_key_1 += d_k;
            put(Q_d_k, d_k);
        }
        add(Q_d_bias_i_heads_key_1, d_bias_i_heads_key_1);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value. */
static void back_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_value_0 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v = get(Q_d_v);
            d_bias_i_heads_value_0 += d_v;
        }
        add(Q_d_bias_i_heads_value_0, d_bias_i_heads_value_0);
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_118_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_key, 1},
    {SIZE_heads_key, 1},
    {SIZE_heads, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_heads_key", SIZE_heads_key, ONE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_heads_value", SIZE_heads_value, ONE, ONE, 2, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_heads", SIZE_heads, ONE, ONE, 2, 0, 0},
    {"weight_uh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {2, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {4, 0, 2, 0, 0, SIZE_heads, INPUT_SIZE},
    {6, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {6, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
    {2, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {4, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 2},
    {SIZE_heads, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {SIZE_heads_key, 2, 1, (const Summand[]){{1, 0}}},
    {SIZE_heads_value, 2, 1, (const Summand[]){{3, 0}}},
    {SIZE_heads, 2, 1, (const Summand[]){{5, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
    {2, 2, 2, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_q, Q_x}}},
    {2, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {4, 0, 2, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_i_tilde, Q_x}}},
    {6, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_u}}},
};

static const Total totals[] = {
    {1, 0, 1, SIZE_heads_key, 0, 0},
    {1, 1, 4, SIZE_heads_key, 0, 0},
    {3, 0, 5, SIZE_heads_value, 0, 0},
    {3, 1, 0, SIZE_heads_value, 0, 0},
    {5, 0, 2, SIZE_heads, 0, 0},
    {5, 1, 3, SIZE_heads, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_q_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_i_tilde_}, step_1_heads}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_scaled_C, 2, (const short[]){Q_f, Q_C_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_C2, 3, (const short[]){Q_i, Q_v, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 2}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}, {CONTRACTION, Q_scaled_n, 2, (const short[]){Q_f, Q_n_prev}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_n2, 2, (const short[]){Q_i, Q_k}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, step_2_heads_key}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_dot_u, 2, (const short[]){Q_n, Q_q}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_read_C_q, 2, (const short[]){Q_C, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, step_3_heads}, {SIZE_heads_value, 0, 0, 0, 0, 0, step_3_heads_value}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_u, 2, (const short[]){Q_v_u, Q_v_u2}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, 0},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_u}}}, (const short[]){Q_h_}, step_5}}},
};

static const Stage backward[] = {
    {0, 4, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_u_}, back_2_heads_value}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_scaled_d_v_u2, 2, (const short[]){Q_scaled_d_u, Q_v_u}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_d_v_u, 2, (const short[]){Q_d_u, Q_v_u2}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_3_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_3_heads}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_a_70, 2, (const short[]){Q_d_dot_u, Q_q}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_71, 2, (const short[]){Q_d_read_C_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_84, 2, (const short[]){Q_d_dot_u, Q_n}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_85, 2, (const short[]){Q_d_read_C_q, Q_C}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_4_heads_key}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_4_heads_value_key}}},
    {9, 3, (const Reduction[]){{CONTRACTION, Q_a_72, 2, (const short[]){Q_d_C, Q_C_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_73, 2, (const short[]){Q_d_n, Q_n_prev}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_74, 3, (const short[]){Q_d_C, Q_v, Q_k}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 2}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_75, 2, (const short[]){Q_d_n, Q_k}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_d_v, 3, (const short[]){Q_d_C, Q_i, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_82, 3, (const short[]){Q_d_C, Q_i, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_a_83, 2, (const short[]){Q_d_n, Q_i}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_C_prev, 2, (const short[]){Q_d_C, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_n_prev, 2, (const short[]){Q_d_n, Q_f}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_5_heads_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 3, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_q, Q_d_k}}, {5, 6, -1, 1, 2, (const short[]){Q_d_v, Q_d_a_o}}, {5, 7, -1, 1, 2, (const short[]){Q_d_i_tilde, Q_d_f_tilde}}}, (const short[]){Q_a_118_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads",
    "heads*value*key",
    "value",
    "key",
};

const Cell derive_cell = {
    .name = "mlstm",
    .quantities = 82,
    .forward_quantities = 34,
    .states = 4,
    .inputs = 1,
    .axes = 10,
    .tensors = 7,
    .constants = 0,
    .packs = 8,
    .buffers = 6,
    .fixed = 0,
    .biases = 3,
    .early = 3,
    .outers = 4,
    .totals = 6,
    .sums = 6,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 5,
    .backward_stages = 6,
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
