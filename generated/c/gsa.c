/* Of gsa.py as it was written, SHA-256 56ca4fa356785744028153eac08e725d38d98b396176810f11f443a0f708a847 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Gated slot attention. One time step:
 *
 *     qₜ = SiLU(W_iq xₜ)
 *     kₜ = SiLU(W_ik xₜ)
 *     vₜ = SiLU(W_iv xₜ)
 *     fₜ = exp(−softplus(−W_if xₜ)/8)
 *     Kₜ = Kₜ₋₁ diag(fₜ) + kₜ (1 − fₜ)ᵀ
 *     Vₜ = Vₜ₋₁ diag(fₜ) + vₜ (1 − fₜ)ᵀ
 *     pₜ = headsoftmax(Kₜᵀ qₜ)
 *     oₜ = SiLU(Vₜ pₜ)
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_,
    Q_a_k_,
    Q_a_v_,
    Q_a_f_,
    Q_h_,
    Q_x,
    Q_K_prev,
    Q_V_prev,
    Q_h,
    Q_K,
    Q_V,
    Q_a_q,
    Q_a_k,
    Q_q,
    Q_k,
    Q_a_v,
    Q_v,
    Q_a_f,
    Q_f,
    Q_v_K,
    Q_columns_K_f,
    Q_outer_K,
    Q_columns_V_f,
    Q_outer_V,
    Q_readback_K_q,
    Q_p,
    Q_read_V_p,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_K_later,
    Q_d_V_later,
    Q_d_o_,
    Q_a_90_,
    Q_a_91_,
    Q_a_92_,
    Q_d_h_prev,
    Q_d_K_prev,
    Q_d_V_prev,
    Q_d_x,
    Q_d_a_q,
    Q_d_a_k,
    Q_d_a_v,
    Q_d_a_f,
    Q_d_h,
    Q_d_K_next,
    Q_d_V_next,
    Q_sigmoid_read_V_p,
    Q_sigmoid_a_v,
    Q_sigmoid_a_k,
    Q_sigmoid_a_q,
    Q_factor2,
    Q_factor,
    Q_scaled_K,
    Q_d_read_V_p,
    Q_d_p,
    Q_a_61,
    Q_a_58,
    Q_d_V,
    Q_a_59,
    Q_scaled_d_V2,
    Q_scaled_d_V,
    Q_d_v,
    Q_d_readback_K_q,
    Q_a_62,
    Q_a_102,
    Q_a_96,
    Q_a_93,
    Q_d_K,
    Q_a_91,
    Q_scaled_d_K2,
    Q_scaled_d_K,
    Q_d_k,
    Q_a_104,
    Q_a_98,
    Q_a_90
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads_slots, SIZE_heads_key_slots, SIZE_heads_value_slots, SIZE_heads, SIZE_key, SIZE_slots, SIZE_value };

static const Quantity quantities[] = {
    [Q_a_q_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_a_q_},
    [Q_a_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_a_q_},
    [Q_a_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_a_v_},
    [Q_a_f_] = {EARLY, SIZE_heads_slots, 0, 2, 0, Q_a_f_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_K_prev] = {BEFORE, SIZE_heads_key_slots, 0, 1, 0, Q_K_prev},
    [Q_V_prev] = {BEFORE, SIZE_heads_value_slots, 0, 2, 0, Q_V_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_K] = {AFTER, SIZE_heads_key_slots, 0, 1, 0, Q_K},
    [Q_V] = {AFTER, SIZE_heads_value_slots, 0, 2, 0, Q_V},
    [Q_a_q] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_q},
    [Q_a_k] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_a_q},
    [Q_q] = {ROW, SIZE_heads_key, 1, 2, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 3, 0, Q_k},
    [Q_a_v] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_v},
    [Q_v] = {ROW, SIZE_heads_value, 1, 1, 0, Q_v},
    [Q_a_f] = {PANEL, SIZE_heads_slots, 1, 0, 0, Q_a_f},
    [Q_f] = {ROW, SIZE_heads_slots, 1, 1, 0, Q_f},
    [Q_v_K] = {ROW, SIZE_heads_slots, 1, 2, 0, Q_v_K},
    [Q_columns_K_f] = {ROW, SIZE_heads_key_slots, 0, 0, 0, Q_columns_K_f},
    [Q_outer_K] = {ROW, SIZE_heads_key_slots, 0, 1, 0, Q_outer_K},
    [Q_columns_V_f] = {ROW, SIZE_heads_value_slots, 0, 0, 0, Q_columns_V_f},
    [Q_outer_V] = {ROW, SIZE_heads_value_slots, 0, 1, 0, Q_outer_V},
    [Q_readback_K_q] = {ROW, SIZE_heads_slots, 0, 0, 0, Q_readback_K_q},
    [Q_p] = {ROW, SIZE_heads_slots, 1, 3, 0, Q_p},
    [Q_read_V_p] = {ROW, SIZE_heads_value, 1, 2, 0, Q_read_V_p},
    [Q_o] = {ROW, SIZE_heads_value, 1, 3, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_K_later] = {LATER, SIZE_heads_key_slots, 0, 1, 0, Q_d_K_later},
    [Q_d_V_later] = {LATER, SIZE_heads_value_slots, 0, 2, 0, Q_d_V_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_o_},
    [Q_a_90_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_90_},
    [Q_a_91_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_91_},
    [Q_a_92_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_92_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_K_prev] = {EARLIER, SIZE_heads_key_slots, 0, 1, 0, Q_d_K_prev},
    [Q_d_V_prev] = {EARLIER, SIZE_heads_value_slots, 0, 2, 0, Q_d_V_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_a_q},
    [Q_d_a_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_a_k},
    [Q_d_a_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_v},
    [Q_d_a_f] = {ROW, SIZE_heads_slots, 1, 0, 0, Q_d_a_f},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_K_next] = {PANEL, SIZE_heads_key_slots, 0, 0, 0, Q_d_K_next},
    [Q_d_V_next] = {PANEL, SIZE_heads_value_slots, 0, 0, 0, Q_d_V_next},
    [Q_sigmoid_read_V_p] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_sigmoid_read_V_p},
    [Q_sigmoid_a_v] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_sigmoid_read_V_p},
    [Q_sigmoid_a_k] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_k},
    [Q_sigmoid_a_q] = {ROW, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_q},
    [Q_factor2] = {ROW, SIZE_heads_slots, 0, 1, 0, Q_factor2},
    [Q_factor] = {ROW, SIZE_heads_slots, 0, 2, 0, Q_factor},
    [Q_scaled_K] = {ROW, SIZE_heads_key_slots, 0, 2, 0, Q_scaled_K},
    [Q_d_read_V_p] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_read_V_p},
    [Q_d_p] = {ROW, SIZE_heads_slots, 0, 3, 0, Q_d_p},
    [Q_a_61] = {ROW, SIZE_heads_value_slots, 0, 2, 0, Q_a_61},
    [Q_a_58] = {PANEL, SIZE_heads_slots, 0, 0, 0, Q_a_58},
    [Q_d_V] = {ROW, SIZE_heads_value_slots, 0, 3, 0, Q_d_V},
    [Q_a_59] = {PANEL, SIZE_heads_slots, 0, 1, 0, Q_a_58},
    [Q_scaled_d_V2] = {ROW, SIZE_heads_value_slots, 0, 4, 0, Q_scaled_d_V2},
    [Q_scaled_d_V] = {ROW, SIZE_heads_value_slots, 0, 5, 0, Q_scaled_d_V},
    [Q_d_v] = {ROW, SIZE_heads_value, 0, 1, 0, Q_d_v},
    [Q_d_readback_K_q] = {ROW, SIZE_heads_slots, 0, 4, 0, Q_d_readback_K_q},
    [Q_a_62] = {ROW, SIZE_heads_key_slots, 0, 3, 0, Q_a_62},
    [Q_a_102] = {ROW, SIZE_heads_slots, 0, 5, 0, Q_a_102},
    [Q_a_96] = {ROW, SIZE_heads_slots, 0, 6, 0, Q_a_96},
    [Q_a_93] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_93},
    [Q_d_K] = {ROW, SIZE_heads_key_slots, 0, 4, 0, Q_d_K},
    [Q_a_91] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_91},
    [Q_scaled_d_K2] = {ROW, SIZE_heads_key_slots, 0, 5, 0, Q_scaled_d_K2},
    [Q_scaled_d_K] = {ROW, SIZE_heads_key_slots, 0, 6, 0, Q_scaled_d_K},
    [Q_d_k] = {ROW, SIZE_heads_key, 0, 2, 0, Q_d_k},
    [Q_a_104] = {ROW, SIZE_heads_slots, 0, 7, 0, Q_a_104},
    [Q_a_98] = {ROW, SIZE_heads_slots, 0, 8, 0, Q_a_98},
    [Q_a_90] = {PANEL, INPUT_SIZE, 0, 1, 0, Q_a_91},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q = get(Q_a_q_);
            const vec a_k = get(Q_a_k_);
            const vec q = a_q / (R(1) + vexp(-magnitude(a_q))) * vexp(R(0.5) * a_q - R(0.5) * magnitude(a_q));
            const vec k = a_k / (R(1) + vexp(-magnitude(a_k))) * vexp(R(0.5) * a_k - R(0.5) * magnitude(a_k));
            put(Q_q, q);
            put(Q_k, k);
            if (keep) {
                put(Q_a_q, a_q);
                put(Q_a_k, a_k);
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
            put(Q_v, v);
            if (keep) {
                put(Q_a_v, a_v);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by slots. */
static void step_1_heads_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_f = get(Q_a_f_);
            const vec softplus_f = vsoftplus(-a_f);
            const vec f = vexp(-R(0.125) * softplus_f);
            const vec v_K = -vexpm1(-R(0.125) * softplus_f);
            put(Q_f, f);
            put(Q_v_K, v_K);
            if (keep) {
                put(Q_a_f, a_f);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by key by slots. */
static void step_2_heads_key_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec columns_K_f = get(Q_columns_K_f);
            const vec outer_K = get(Q_outer_K);
            const vec K = columns_K_f + outer_K;
            put(Q_K, K);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by value by slots. */
static void step_2_heads_value_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec columns_V_f = get(Q_columns_V_f);
            const vec outer_V = get(Q_outer_V);
            const vec V = columns_V_f + outer_V;
            put(Q_V, V);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of heads by value. */
static void step_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec read_V_p = get(Q_read_V_p);
            const vec o = read_V_p / (R(1) + vexp(-magnitude(read_V_p))) * vexp(R(0.5) * read_V_p - R(0.5) * magnitude(read_V_p));
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of units. */
static void step_6(const At *restrict at, long first, long end, long rows, int keep)
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

/* Stage 1 of a time step backwards, panels of heads by key by slots. */
static void back_1_heads_key_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_K_next = get(Q_d_K_later);
            put(Q_d_K_next, d_K_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value by slots. */
static void back_1_heads_value_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_V_next = get(Q_d_V_later);
            put(Q_d_V_next, d_V_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec read_V_p = get(Q_read_V_p);
            const vec a_v = get(Q_a_v);
            const vec sigmoid_read_V_p = vsigmoid(read_V_p);
            const vec sigmoid_a_v = vsigmoid(a_v);
            put(Q_sigmoid_read_V_p, sigmoid_read_V_p);
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
            const vec a_k = get(Q_a_k);
            const vec a_q = get(Q_a_q);
            const vec sigmoid_a_k = vsigmoid(a_k);
            const vec sigmoid_a_q = vsigmoid(a_q);
            put(Q_sigmoid_a_k, sigmoid_a_k);
            put(Q_sigmoid_a_q, sigmoid_a_q);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by slots. */
static void back_1_heads_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec f = get(Q_f);
            const vec a_f = get(Q_a_f);
            const vec factor2 = f * vsigmoid(-a_f);
            const vec factor = f * vsigmoid(-a_f);
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
            const vec sigmoid_read_V_p = get(Q_sigmoid_read_V_p);
            const vec read_V_p = get(Q_read_V_p);
            const vec d_o = get(Q_d_o_);
            const vec d_read_V_p = d_o * sigmoid_read_V_p * (R(1) + read_V_p * (R(1) - sigmoid_read_V_p));
            put(Q_d_read_V_p, d_read_V_p);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by slots. */
static void back_3_heads_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_p = get(Q_d_p);
            const vec p = get(Q_p);
            const vec a_58 = d_p * p;
            put(Q_a_58, a_58);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by slots. */
static void back_3_heads_value_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_V_next = get(Q_d_V_next);
            const vec a_61 = get(Q_a_61);
            const vec d_V = d_V_next + a_61;
            put(Q_d_V, d_V);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by slots. */
static void back_4_heads_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_p = get(Q_d_p);
            const vec p = get(Q_p);
            const vec a_59 = get(Q_a_59);
            const vec d_readback_K_q = d_p * p - a_59 * p;
            put(Q_d_readback_K_q, d_readback_K_q);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v = get(Q_d_v);
            const vec sigmoid_a_v = get(Q_sigmoid_a_v);
            const vec a_v = get(Q_a_v);
            const vec d_a_v = d_v * sigmoid_a_v * (R(1) + a_v * (R(1) - sigmoid_a_v));
            put(Q_d_a_v, d_a_v);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key by slots. */
static void back_5_heads_key_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_K_next = get(Q_d_K_next);
            const vec a_62 = get(Q_a_62);
            const vec d_K = d_K_next + a_62;
            put(Q_d_K, d_K);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_93 = get(Q_a_93);
            const vec a_q = get(Q_a_q);
            const vec sigmoid_a_q = get(Q_sigmoid_a_q);
            const vec d_a_q = a_93 * (R(1) + a_q * (R(1) - sigmoid_a_q));
            put(Q_d_a_q, d_a_q);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_91 = get(Q_a_91_);
            put(Q_a_91, a_91);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads by key. */
static void back_6_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_k = get(Q_d_k);
            const vec sigmoid_a_k = get(Q_sigmoid_a_k);
            const vec a_k = get(Q_a_k);
            const vec d_a_k = d_k * sigmoid_a_k * (R(1) + a_k * (R(1) - sigmoid_a_k));
            put(Q_d_a_k, d_a_k);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads by slots. */
static void back_7_heads_slots(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_104 = get(Q_a_104);
            const vec a_102 = get(Q_a_102);
            const vec a_98 = get(Q_a_98);
            const vec a_96 = get(Q_a_96);
            const vec scaled_d_v_K = a_104 + a_102;
            const vec scaled_d_f = a_98 + a_96;
            const vec d_a_f = R(0.125) * scaled_d_f - R(0.125) * scaled_d_v_K;
            put(Q_d_a_f, d_a_f);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of inputs. */
static void back_7_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_90 = get(Q_a_90_);
            put(Q_a_90, a_90);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of inputs. */
static void back_8_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_90 = get(Q_a_90);
            const vec a_91 = get(Q_a_91);
            const vec a_92_ = get(Q_a_92_);
            const vec d_x = a_90 + a_91 + a_92_;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_key_slots, 1},
    {SIZE_heads_value_slots, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_i_heads_slots", SIZE_heads_slots, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 1, 0, 0, SIZE_heads_slots, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {3, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
    {2, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads_slots},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 1},
    {SIZE_heads_slots, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
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
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q, Q_x}}},
    {1, 0, 1, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_v, Q_x}}},
    {2, 0, 1, 1, SIZE_heads_slots, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_a_q_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_a_v_}, step_1_heads_value}, {SIZE_heads_slots, 0, 0, 1, 0, (const short[]){Q_a_f_}, step_1_heads_slots}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_columns_K_f, 2, (const short[]){Q_K_prev, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_key, {2, 2, 0}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_outer_K, 2, (const short[]){Q_k, Q_v_K}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_key, {2, 1, 0}}, {SIZE_slots, {1, 0, 1}}}}, {CONTRACTION, Q_columns_V_f, 2, (const short[]){Q_V_prev, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_outer_V, 2, (const short[]){Q_v, Q_v_K}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_slots, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key_slots, 0, 0, 0, 0, 0, step_2_heads_key_slots}, {SIZE_heads_value_slots, 0, 0, 0, 0, 0, step_2_heads_value_slots}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_readback_K_q, 2, (const short[]){Q_K, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {0, 2, 1}}, {SIZE_slots, {1, 1, 0}}}}}, 0},
    {1, 0, (const Reduction[]){{SOFTMAX, Q_p, 1, (const short[]){Q_readback_K_q}, 1, (const Loop[]){{SIZE_heads, {0}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_V_p, 2, (const short[]){Q_V, Q_p}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_slots, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_5_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_6}}},
};

static const Stage backward[] = {
    {0, 6, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_key_slots, 0, 0, 0, 0, 0, back_1_heads_key_slots}, {SIZE_heads_value_slots, 0, 0, 0, 0, 0, back_1_heads_value_slots}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads_slots, 0, 0, 0, 0, 0, back_1_heads_slots}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_K, 2, (const short[]){Q_sigmoid_a_q, Q_K}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_key, {2, 1, 2}}, {SIZE_slots, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_d_p, 2, (const short[]){Q_d_read_V_p, Q_V}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_slots, {1, 0, 1}}}}, {CONTRACTION, Q_a_61, 2, (const short[]){Q_d_read_V_p, Q_p}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_slots, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_slots, 0, 0, 0, 0, 0, back_3_heads_slots}, {SIZE_heads_value_slots, 0, 0, 0, 0, 0, back_3_heads_value_slots}}},
    {5, 2, (const Reduction[]){{SUM_OF, Q_a_59, 1, (const short[]){Q_a_58}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {CONTRACTION, Q_scaled_d_V2, 2, (const short[]){Q_factor2, Q_d_V}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_scaled_d_V, 2, (const short[]){Q_factor, Q_d_V}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_d_v, 2, (const short[]){Q_d_V, Q_v_K}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_slots, {0, 1, 1}}}}, {CONTRACTION, Q_d_V_prev, 2, (const short[]){Q_d_V, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_slots, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_slots, 0, 0, 0, 0, 0, back_4_heads_slots}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}}},
    {4, 3, (const Reduction[]){{CONTRACTION, Q_a_62, 2, (const short[]){Q_d_readback_K_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_key, {2, 0, 1}}, {SIZE_slots, {1, 1, 0}}}}, {CONTRACTION, Q_a_102, 2, (const short[]){Q_scaled_d_V2, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_slots, {1, 1, 0}}}}, {CONTRACTION, Q_a_96, 2, (const short[]){Q_scaled_d_V, Q_V_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_a_93, 2, (const short[]){Q_d_readback_K_q, Q_scaled_K}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_key, {1, 0, 2}}, {SIZE_slots, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_key_slots, 0, 0, 0, 0, 0, back_5_heads_key_slots}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{6, 5, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_a_91_}, back_5_inputs}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_scaled_d_K2, 2, (const short[]){Q_factor2, Q_d_K}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_key, {2, 0, 2}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_scaled_d_K, 2, (const short[]){Q_factor, Q_d_K}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_key, {2, 0, 2}}, {SIZE_slots, {1, 1, 1}}}}, {CONTRACTION, Q_d_k, 2, (const short[]){Q_d_K, Q_v_K}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {1, 2, 0}}, {SIZE_slots, {0, 1, 1}}}}, {CONTRACTION, Q_d_K_prev, 2, (const short[]){Q_d_K, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_key, {2, 2, 0}}, {SIZE_slots, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_6_heads_key}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_a_104, 2, (const short[]){Q_scaled_d_K2, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {0, 2, 1}}, {SIZE_slots, {1, 1, 0}}}}, {CONTRACTION, Q_a_98, 2, (const short[]){Q_scaled_d_K, Q_K_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_key, {0, 2, 2}}, {SIZE_slots, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_slots, 0, 0, 0, 0, 0, back_7_heads_slots}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 2, (const short[]){Q_d_a_q, Q_d_a_k}}}, (const short[]){Q_a_90_}, back_7_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 7, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_92_}, back_8_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads*slots",
    "heads*key*slots",
    "heads*value*slots",
    "heads",
    "key",
    "slots",
    "value",
};

const Cell derive_cell = {
    .name = "gsa",
    .quantities = 76,
    .forward_quantities = 28,
    .states = 3,
    .inputs = 1,
    .axes = 13,
    .tensors = 4,
    .constants = 0,
    .packs = 8,
    .buffers = 8,
    .fixed = 0,
    .biases = 0,
    .early = 3,
    .outers = 4,
    .totals = 0,
    .sums = 0,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 6,
    .backward_stages = 8,
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
