/* Of kda.py as it was written, SHA-256 7183627fc7e8ed9ec1dbc08989a01f7030526831fc125ac506a5fc00044dac83 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Kimi delta attention. One time step:
 *
 *     q̂ₜ = SiLU(W_iq_hat xₜ)
 *     k̂ₜ = SiLU(W_ik_hat xₜ)
 *     vₜ = SiLU(W_iv xₜ)
 *     rₜ = σ(W_ir xₜ + b_ir)
 *     aₜ = exp(−exp(a_log) softplus(W_ia xₜ + b_ia))
 *     βₜ = σ(W_iβ xₜ)
 *     qₜ = q̂ₜ/sqrt(q̂ₜᵀ q̂ₜ + 0.000001)
 *     kₜ = k̂ₜ/sqrt(k̂ₜᵀ k̂ₜ + 0.000001)
 *     Ŝₜ = Sₜ₋₁ diag(aₜ)
 *     Sₜ = Ŝₜ + βₜ (vₜ − Ŝₜ kₜ) kₜᵀ
 *     oₜ = rₜ ⊙ (Sₜ qₜ)
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_hat_,
    Q_a_k_hat_,
    Q_a_v_,
    Q_a_r_,
    Q_a_a_,
    Q_a_beta_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_q_hat,
    Q_a_k_hat,
    Q_q_hat,
    Q_k_hat,
    Q_a_a,
    Q_softplus_a_a,
    Q_a_v,
    Q_v,
    Q_r,
    Q_beta,
    Q_a_39,
    Q_dot_q,
    Q_dot_k,
    Q_a,
    Q_v_q,
    Q_v_k,
    Q_q,
    Q_k,
    Q_S_hat,
    Q_read_S_hat_k,
    Q_v_S,
    Q_scaled_S,
    Q_read_S_q,
    Q_o,
    Q_a_log,
    Q_exp_a_log,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_117_,
    Q_a_119_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_q_hat,
    Q_d_a_k_hat,
    Q_d_a_a,
    Q_d_a_v,
    Q_d_a_r,
    Q_d_a_beta,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_v,
    Q_sigmoid_a_k_hat,
    Q_sigmoid_a_q_hat,
    Q_factor3,
    Q_factor2,
    Q_factor,
    Q_scaled_v_S,
    Q_d_read_S_q,
    Q_a_74,
    Q_d_q,
    Q_d_S,
    Q_d_v_S,
    Q_a_78,
    Q_scaled_d_q,
    Q_a_137,
    Q_a_100,
    Q_d_read_S_hat_k,
    Q_a_76,
    Q_a_77,
    Q_a_140,
    Q_d_S_hat,
    Q_d_k,
    Q_d_dot_q,
    Q_a_119,
    Q_scaled_d_k,
    Q_scaled_d_S_hat,
    Q_a_96,
    Q_a_98,
    Q_a_99,
    Q_a_143,
    Q_a_134,
    Q_d_dot_k,
    Q_d_scaled_a,
    Q_scaled_d_scaled_a,
    Q_a_132,
    Q_a_90,
    Q_a_94,
    Q_a_95,
    Q_d_bias_i_heads_value,
    Q_d_bias_i_heads_key,
    Q_d_a_log
};

enum { SIZE_heads = NAMED, SIZE_heads_key, SIZE_heads_value, SIZE_key, SIZE_value, SIZE_heads_value_key };

static const Quantity quantities[] = {
    [Q_a_q_hat_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_a_q_hat_},
    [Q_a_k_hat_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_a_q_hat_},
    [Q_a_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_a_v_},
    [Q_a_r_] = {EARLY, SIZE_heads_value, 0, 2, 0, Q_a_r_},
    [Q_a_a_] = {EARLY, SIZE_heads_key, 0, 3, 0, Q_a_a_},
    [Q_a_beta_] = {EARLY, SIZE_heads, 0, 4, 0, Q_a_beta_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_a_q_hat] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_q_hat},
    [Q_a_k_hat] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_a_q_hat},
    [Q_q_hat] = {ROW, SIZE_heads_key, 1, 3, 0, Q_q_hat},
    [Q_k_hat] = {ROW, SIZE_heads_key, 1, 4, 0, Q_k_hat},
    [Q_a_a] = {PANEL, SIZE_heads_key, 1, 2, 0, Q_a_q_hat},
    [Q_softplus_a_a] = {ROW, SIZE_heads_key, 1, 5, 0, Q_softplus_a_a},
    [Q_a_v] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_v},
    [Q_v] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_v},
    [Q_r] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_v},
    [Q_beta] = {ROW, SIZE_heads, 1, 1, 0, Q_beta},
    [Q_a_39] = {ROW, SIZE_heads_key, 0, 0, 0, Q_a_39},
    [Q_dot_q] = {ROW, SIZE_heads, 1, 2, 0, Q_dot_q},
    [Q_dot_k] = {ROW, SIZE_heads, 1, 3, 0, Q_dot_k},
    [Q_a] = {ROW, SIZE_heads_key, 1, 6, 0, Q_a},
    [Q_v_q] = {ROW, SIZE_heads, 1, 4, 0, Q_v_q},
    [Q_v_k] = {ROW, SIZE_heads, 1, 5, 0, Q_v_k},
    [Q_q] = {ROW, SIZE_heads_key, 1, 7, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 8, 0, Q_k},
    [Q_S_hat] = {ROW, SIZE_heads_value_key, 1, 0, 0, Q_S_hat},
    [Q_read_S_hat_k] = {ROW, SIZE_heads_value, 0, 0, 0, Q_read_S_hat_k},
    [Q_v_S] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v_S},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_S},
    [Q_read_S_q] = {ROW, SIZE_heads_value, 1, 3, 0, Q_read_S_q},
    [Q_o] = {ROW, SIZE_heads_value, 1, 4, 0, Q_o},
    [Q_a_log] = {FIXED, SIZE_heads, 0, 0, 0, Q_a_log},
    [Q_exp_a_log] = {FIXED, SIZE_heads, 0, 1, 0, Q_exp_a_log},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 6, 0, Q_d_o_},
    [Q_a_117_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_117_},
    [Q_a_119_] = {LOCAL, INPUT_SIZE, 0, 8, 0, Q_a_119_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q_hat] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_a_q_hat},
    [Q_d_a_k_hat] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_a_k_hat},
    [Q_d_a_a] = {ROW, SIZE_heads_key, 1, 2, 0, Q_d_a_a},
    [Q_d_a_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_v},
    [Q_d_a_r] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_r},
    [Q_d_a_beta] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_beta},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_v] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_v},
    [Q_sigmoid_a_k_hat] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_k_hat},
    [Q_sigmoid_a_q_hat] = {PANEL, SIZE_heads_key, 0, 1, 0, Q_sigmoid_a_k_hat},
    [Q_factor3] = {ROW, SIZE_heads, 0, 0, 0, Q_factor3},
    [Q_factor2] = {ROW, SIZE_heads, 0, 1, 0, Q_factor2},
    [Q_factor] = {ROW, SIZE_heads, 0, 2, 0, Q_factor},
    [Q_scaled_v_S] = {ROW, SIZE_heads_value, 0, 1, 0, Q_scaled_v_S},
    [Q_d_read_S_q] = {ROW, SIZE_heads_value, 0, 2, 0, Q_d_read_S_q},
    [Q_a_74] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_a_74},
    [Q_d_q] = {ROW, SIZE_heads_key, 0, 1, 0, Q_d_q},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_d_S},
    [Q_d_v_S] = {ROW, SIZE_heads_value, 0, 3, 0, Q_d_v_S},
    [Q_a_78] = {ROW, SIZE_heads_key, 0, 2, 0, Q_a_78},
    [Q_scaled_d_q] = {ROW, SIZE_heads_key, 0, 3, 0, Q_scaled_d_q},
    [Q_a_137] = {ROW, SIZE_heads, 0, 3, 0, Q_a_137},
    [Q_a_100] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_100},
    [Q_d_read_S_hat_k] = {ROW, SIZE_heads_value, 0, 4, 0, Q_d_read_S_hat_k},
    [Q_a_76] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_a_76},
    [Q_a_77] = {ROW, SIZE_heads_key, 0, 5, 0, Q_a_77},
    [Q_a_140] = {ROW, SIZE_heads, 0, 4, 0, Q_a_140},
    [Q_d_S_hat] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_d_S_hat},
    [Q_d_k] = {ROW, SIZE_heads_key, 0, 6, 0, Q_d_k},
    [Q_d_dot_q] = {ROW, SIZE_heads, 0, 5, 0, Q_d_dot_q},
    [Q_a_119] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_119},
    [Q_scaled_d_k] = {ROW, SIZE_heads_key, 0, 7, 0, Q_scaled_d_k},
    [Q_scaled_d_S_hat] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_scaled_d_S_hat},
    [Q_a_96] = {ROW, SIZE_heads_key, 0, 8, 0, Q_a_96},
    [Q_a_98] = {ROW, SIZE_heads_key, 0, 9, 0, Q_a_98},
    [Q_a_99] = {ROW, SIZE_heads_key, 0, 10, 0, Q_a_99},
    [Q_a_143] = {ROW, SIZE_heads, 0, 6, 0, Q_a_143},
    [Q_a_134] = {ROW, SIZE_heads_key, 0, 11, 0, Q_a_134},
    [Q_d_dot_k] = {ROW, SIZE_heads, 0, 7, 0, Q_d_dot_k},
    [Q_d_scaled_a] = {ROW, SIZE_heads_key, 0, 12, 0, Q_d_scaled_a},
    [Q_scaled_d_scaled_a] = {ROW, SIZE_heads_key, 0, 13, 0, Q_scaled_d_scaled_a},
    [Q_a_132] = {ROW, SIZE_heads_key, 0, 14, 0, Q_a_132},
    [Q_a_90] = {ROW, SIZE_heads, 0, 8, 0, Q_a_90},
    [Q_a_94] = {ROW, SIZE_heads_key, 0, 15, 0, Q_a_94},
    [Q_a_95] = {ROW, SIZE_heads_key, 0, 16, 0, Q_a_95},
    [Q_d_bias_i_heads_value] = {SUM, SIZE_heads_value, 0, 0, 0, Q_d_bias_i_heads_value},
    [Q_d_bias_i_heads_key] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_bias_i_heads_key},
    [Q_d_a_log] = {SUM, SIZE_heads, 0, 2, 0, Q_d_a_log},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a_log = fixed(Q_a_log);
        for (long row = 0; row < rows; row++) {
            const vec exp_a_log = vrate(a_log);
            put(Q_exp_a_log, exp_a_log);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q_hat = get(Q_a_q_hat_);
            const vec a_k_hat = get(Q_a_k_hat_);
            const vec q_hat = a_q_hat / (R(1) + vexp(-magnitude(a_q_hat))) * vexp(R(0.5) * a_q_hat - R(0.5) * magnitude(a_q_hat));
            const vec k_hat = a_k_hat / (R(1) + vexp(-magnitude(a_k_hat))) * vexp(R(0.5) * a_k_hat - R(0.5) * magnitude(a_k_hat));
            const vec a_a = get(Q_a_a_);
            const vec softplus_a_a = vsoftplus(a_a);
            put(Q_q_hat, q_hat);
            put(Q_k_hat, k_hat);
            put(Q_softplus_a_a, softplus_a_a);
            if (keep) {
                put(Q_a_q_hat, a_q_hat);
                put(Q_a_k_hat, a_k_hat);
                put(Q_a_a, a_a);
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
            const vec a_v = get(Q_a_v_);
            const vec v = a_v / (R(1) + vexp(-magnitude(a_v))) * vexp(R(0.5) * a_v - R(0.5) * magnitude(a_v));
            const vec a_r = get(Q_a_r_);
            const vec r = vsigmoid(a_r);
            put(Q_v, v);
            put(Q_r, r);
            if (keep) {
                put(Q_a_v, a_v);
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
            const vec a_beta = get(Q_a_beta_);
            const vec beta = vsigmoid(a_beta);
            put(Q_beta, beta);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by key. */
static void step_2_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_39 = get(Q_a_39);
            const vec scaled_a = -a_39;
            const vec a = vexp(scaled_a);
            put(Q_a, a);
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
            const vec dot_k = get(Q_dot_k);
            const vec v_q = R(1) / square_root(dot_q + R(1e-06));
            const vec v_k = R(1) / square_root(dot_k + R(1e-06));
            put(Q_v_q, v_q);
            put(Q_v_k, v_k);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v = get(Q_v);
            const vec read_S_hat_k = get(Q_read_S_hat_k);
            const vec v_S = v - read_S_hat_k;
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
            const vec S_hat = get(Q_S_hat);
            const vec scaled_S = get(Q_scaled_S);
            const vec S = S_hat + scaled_S;
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
            const vec r = get(Q_r);
            const vec read_S_q = get(Q_read_S_q);
            const vec o = r * read_S_q;
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

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_v = get(Q_a_v);
            const vec sigmoid_a_v = vsigmoid(a_v);
            put(Q_sigmoid_a_v, sigmoid_a_v);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_k_hat = get(Q_a_k_hat);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec sigmoid_a_k_hat = vsigmoid(a_k_hat);
            const vec sigmoid_a_q_hat = vsigmoid(a_q_hat);
            put(Q_sigmoid_a_k_hat, sigmoid_a_k_hat);
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
            const vec v_k = get(Q_v_k);
            const vec dot_k = get(Q_dot_k);
            const vec v_q = get(Q_v_q);
            const vec dot_q = get(Q_dot_q);
            const vec beta = get(Q_beta);
            const vec factor3 = v_k / (dot_k + R(1e-06));
            const vec factor2 = v_q / (dot_q + R(1e-06));
            const vec factor = beta * (R(1) - beta);
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
        vec d_bias_i_heads_value = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec read_S_q = get(Q_read_S_q);
            const vec d_o = get(Q_d_o_);
            const vec d_read_S_q = d_o * r;
            const vec d_a_r = r * (R(1) - r) * d_o * read_S_q;
            d_bias_i_heads_value += d_a_r;
            put(Q_d_read_S_q, d_read_S_q);
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias_i_heads_value, d_bias_i_heads_value);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_74 = get(Q_a_74);
            const vec d_S = d_S_next + a_74;
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
            const vec sigmoid_a_v = get(Q_sigmoid_a_v);
            const vec a_v = get(Q_a_v);
            const vec d_read_S_hat_k = -d_v_S;
            const vec d_v = d_v_S;
            const vec d_a_v = d_v * sigmoid_a_v * (R(1) + a_v * (R(1) - sigmoid_a_v));
            put(Q_d_read_S_hat_k, d_read_S_hat_k);
            put(Q_d_a_v, d_a_v);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads. */
static void back_4_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_a_beta = get(Q_a_137);
            put(Q_d_a_beta, d_a_beta);
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
            const vec a_76 = get(Q_a_76);
            const vec d_S_hat = d_S + a_76;
            put(Q_d_S_hat, d_S_hat);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_77 = get(Q_a_77);
            const vec a_78 = get(Q_a_78);
            const vec d_k = a_77 + a_78;
            put(Q_d_k, d_k);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_140 = get(Q_a_140);
            const vec d_dot_q = -R(0.5) * a_140;
            put(Q_d_dot_q, d_dot_q);
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

/* Stage 6 of a time step backwards, panels of heads by key. */
static void back_6_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_98 = get(Q_a_98);
            const vec a_99 = get(Q_a_99);
            const vec a_100 = get(Q_a_100);
            const vec sigmoid_a_q_hat = get(Q_sigmoid_a_q_hat);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec d_q_hat = a_98 + a_99 + a_100;
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
            const vec a_143 = get(Q_a_143);
            const vec d_dot_k = -R(0.5) * a_143;
            put(Q_d_dot_k, d_dot_k);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads by key. */
static void back_7_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_a = get(Q_a_a);
            const vec d_scaled_a = get(Q_a_134);
            const vec scaled_d_scaled_a = vsigmoid(a_a) * d_scaled_a;
            put(Q_d_scaled_a, d_scaled_a);
            put(Q_scaled_d_scaled_a, scaled_d_scaled_a);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads by key. */
static void back_8_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_key = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_132 = get(Q_a_132);
            const vec a_94 = get(Q_a_94);
            const vec a_95 = get(Q_a_95);
            const vec a_96 = get(Q_a_96);
            const vec sigmoid_a_k_hat = get(Q_sigmoid_a_k_hat);
            const vec a_k_hat = get(Q_a_k_hat);
            const vec d_a_a = -a_132;
            const vec d_k_hat = a_94 + a_95 + a_96;
            const vec d_a_k_hat = d_k_hat * sigmoid_a_k_hat * (R(1) + a_k_hat * (R(1) - sigmoid_a_k_hat));
            d_bias_i_heads_key += d_a_a;
            put(Q_d_a_a, d_a_a);
            put(Q_d_a_k_hat, d_a_k_hat);
        }
        add(Q_d_bias_i_heads_key, d_bias_i_heads_key);
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads. */
static void back_8_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        vec d_a_log = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_90 = get(Q_a_90);
            const vec d_exp_a_log = -a_90;
            d_a_log += d_exp_a_log * exp_a_log;
        }
        add(Q_d_a_log, d_a_log);
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
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_heads_value", SIZE_heads_value, ONE, ONE, 1, 0, 0},
    {"bias_i_heads_key", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"a_log", SIZE_heads, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {1, 1, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {0, 2, 1, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {4, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {5, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {5, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {4, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads},
    {0, 0, 3, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 1},
    {SIZE_heads_value, 1, 1},
    {SIZE_heads_key, 1, 1},
    {SIZE_heads, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads, 6, 0},
    {COMPUTED, SIZE_heads, 0, 0},
};

static const Bias biases[] = {
    {SIZE_heads_value, 1, 1, (const Summand[]){{2, 0}}},
    {SIZE_heads_key, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, 0, 0, 1, (const short[]){Q_x}},
    {3, 3, 1, 0, 1, (const short[]){Q_x}},
    {4, 4, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q_hat, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_v, Q_x}}},
    {4, 0, 1, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_beta, Q_x}}},
    {5, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {2, 0, 0, SIZE_heads_value, 0, 0},
    {3, 0, 1, SIZE_heads_key, 0, 0},
    {6, 0, 2, SIZE_heads, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_heads, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_key, 0, 0, 2, 0, (const short[]){Q_a_q_hat_, Q_a_a_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 2, 0, (const short[]){Q_a_v_, Q_a_r_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_beta_}, step_1_heads}}},
    {3, 2, (const Reduction[]){{CONTRACTION, Q_a_39, 2, (const short[]){Q_exp_a_log, Q_softplus_a_a}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_dot_q, 2, (const short[]){Q_q_hat, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_dot_k, 2, (const short[]){Q_k_hat, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, step_2_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, step_2_heads}}},
    {3, 0, (const Reduction[]){{CONTRACTION, Q_q, 2, (const short[]){Q_v_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_k, 2, (const short[]){Q_v_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_S_hat, 2, (const short[]){Q_S_prev, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_hat_k, 2, (const short[]){Q_S_hat, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 3, (const short[]){Q_beta, Q_v_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 2}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_5_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_6_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_7}}},
};

static const Stage backward[] = {
    {0, 5, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_v_S, 2, (const short[]){Q_factor, Q_v_S}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{6, 6, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_74, 2, (const short[]){Q_d_read_S_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_read_S_q, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {5, 2, (const Reduction[]){{CONTRACTION, Q_d_v_S, 3, (const short[]){Q_d_S, Q_beta, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_78, 3, (const short[]){Q_d_S, Q_beta, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_scaled_d_q, 2, (const short[]){Q_factor2, Q_d_q}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_137, 3, (const short[]){Q_d_S, Q_scaled_v_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 2}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_100, 2, (const short[]){Q_d_q, Q_v_q}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_4_heads}}},
    {3, 4, (const Reduction[]){{CONTRACTION, Q_a_76, 2, (const short[]){Q_d_read_S_hat_k, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_77, 2, (const short[]){Q_d_read_S_hat_k, Q_S_hat}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_140, 2, (const short[]){Q_scaled_d_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_5_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {INPUT_SIZE, 0, 2, 1, (const Product[]){{8, 7, -1, 0, 2, (const short[]){Q_d_a_v, Q_d_a_r}}, {8, 8, -1, 1, 1, (const short[]){Q_d_a_beta}}}, (const short[]){Q_a_119_}, back_5_inputs}}},
    {6, 1, (const Reduction[]){{CONTRACTION, Q_scaled_d_k, 2, (const short[]){Q_factor3, Q_d_k}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_d_S_hat, 2, (const short[]){Q_a, Q_d_S_hat}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_a_96, 2, (const short[]){Q_d_k, Q_v_k}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_98, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_99, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_S_prev, 2, (const short[]){Q_d_S_hat, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_6_heads_key}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_a_143, 2, (const short[]){Q_scaled_d_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_134, 2, (const short[]){Q_scaled_d_S_hat, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_7_heads}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_7_heads_key}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_a_132, 2, (const short[]){Q_scaled_d_scaled_a, Q_exp_a_log}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_90, 2, (const short[]){Q_d_scaled_a, Q_softplus_a_a}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_94, 2, (const short[]){Q_d_dot_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_95, 2, (const short[]){Q_d_dot_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_8_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_8_heads}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 9, -1, 0, 3, (const short[]){Q_d_a_q_hat, Q_d_a_k_hat, Q_d_a_a}}}, (const short[]){Q_a_117_}, back_9_inputs}}},
};

static const char *const sizes[] = {
    "heads",
    "heads*key",
    "heads*value",
    "key",
    "value",
    "heads*value*key",
};

const Cell derive_cell = {
    .name = "kda",
    .quantities = 95,
    .forward_quantities = 37,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 7,
    .constants = 0,
    .packs = 10,
    .buffers = 9,
    .fixed = 2,
    .biases = 2,
    .early = 5,
    .outers = 4,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
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
