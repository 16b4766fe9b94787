/* Of m2rnn.py as it was written, SHA-256 b2d8ffe4cbd2008029e56c27bef3e99a0fba21005f2cc4a72c3d6edb6713830e */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * M²RNN. One time step:
 *
 *     qₜ = W_iq xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     gₜ = SiLU(W_ig xₜ)
 *     fₜ = exp(−exp(a_log) ⊙ softplus(W_if xₜ + b_if))
 *     Zₜ = tanh(Sₜ₋₁ W + kₜ vₜᵀ)
 *     Sₜ = fₜ Sₜ₋₁ + (1 − fₜ) Zₜ
 *     oₜ = gₜ ⊙ (Sₜᵀ qₜ + D ⊙ vₜ)
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_q_,
    Q_k_,
    Q_v_,
    Q_a_g_,
    Q_a_f_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_read_S_W,
    Q_q,
    Q_k,
    Q_v,
    Q_a_g,
    Q_g,
    Q_a_f,
    Q_softplus_a_f,
    Q_f,
    Q_v_S,
    Q_outer_Z,
    Q_scaled_S,
    Q_Z,
    Q_scaled_S2,
    Q_readback_S_q,
    Q_o,
    Q_W,
    Q_a_log,
    Q_D,
    Q_exp_a_log,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_91_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_q,
    Q_d_k,
    Q_d_v,
    Q_d_a_g,
    Q_d_a_f,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_g,
    Q_d_o,
    Q_d_readback_S_q,
    Q_a_54,
    Q_d_S,
    Q_d_v_S,
    Q_d_Z,
    Q_scaled_d_S,
    Q_a_70,
    Q_d_read_S_W,
    Q_a_96,
    Q_a_66,
    Q_a_69,
    Q_d_W_t,
    Q_d_D,
    Q_d_bias_i_heads,
    Q_d_a_log,
    Q_d_W
};

enum { SIZE_heads = NAMED, SIZE_heads_key, SIZE_heads_value, SIZE_key, SIZE_value, SIZE_heads_key_value, SIZE_heads_value_value };

static const Quantity quantities[] = {
    [Q_q_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_q_},
    [Q_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_q_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_a_g_] = {EARLY, SIZE_heads_value, 0, 1, 1, Q_v_},
    [Q_a_f_] = {EARLY, SIZE_heads, 0, 2, 0, Q_a_f_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_key_value, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_key_value, 0, 1, 0, Q_S},
    [Q_read_S_W] = {ROW, SIZE_heads_key_value, 0, 0, 0, Q_read_S_W},
    [Q_q] = {ROW, SIZE_heads_key, 1, 2, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 3, 0, Q_k},
    [Q_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_a_g] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_g},
    [Q_g] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_g},
    [Q_a_f] = {PANEL, SIZE_heads, 1, 0, 0, Q_a_f},
    [Q_softplus_a_f] = {PANEL, SIZE_heads, 1, 1, 0, Q_a_f},
    [Q_f] = {ROW, SIZE_heads, 1, 1, 0, Q_f},
    [Q_v_S] = {ROW, SIZE_heads, 1, 2, 0, Q_v_S},
    [Q_outer_Z] = {ROW, SIZE_heads_key_value, 0, 1, 0, Q_outer_Z},
    [Q_scaled_S] = {ROW, SIZE_heads_key_value, 0, 2, 0, Q_scaled_S},
    [Q_Z] = {ROW, SIZE_heads_key_value, 1, 0, 0, Q_Z},
    [Q_scaled_S2] = {ROW, SIZE_heads_key_value, 0, 3, 0, Q_scaled_S2},
    [Q_readback_S_q] = {ROW, SIZE_heads_value, 1, 3, 0, Q_readback_S_q},
    [Q_o] = {ROW, SIZE_heads_value, 1, 4, 0, Q_o},
    [Q_W] = {FIXED, SIZE_heads_value_value, 0, 0, 0, Q_W},
    [Q_a_log] = {FIXED, SIZE_heads, 0, 1, 0, Q_a_log},
    [Q_D] = {FIXED, SIZE_heads_value, 0, 2, 0, Q_D},
    [Q_exp_a_log] = {FIXED, SIZE_heads, 0, 3, 0, Q_exp_a_log},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_key_value, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_o_},
    [Q_a_91_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_91_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_key_value, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_q] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_a_g] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_g},
    [Q_d_a_f] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_f},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_key_value, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_g] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_sigmoid_a_g},
    [Q_d_o] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_sigmoid_a_g},
    [Q_d_readback_S_q] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_readback_S_q},
    [Q_a_54] = {ROW, SIZE_heads_key_value, 0, 4, 0, Q_a_54},
    [Q_d_S] = {ROW, SIZE_heads_key_value, 0, 5, 0, Q_d_S},
    [Q_d_v_S] = {ROW, SIZE_heads, 0, 0, 0, Q_d_v_S},
    [Q_d_Z] = {ROW, SIZE_heads_key_value, 0, 6, 0, Q_d_Z},
    [Q_scaled_d_S] = {ROW, SIZE_heads_key_value, 0, 7, 0, Q_scaled_d_S},
    [Q_a_70] = {ROW, SIZE_heads_key_value, 0, 8, 0, Q_a_70},
    [Q_d_read_S_W] = {ROW, SIZE_heads_key_value, 0, 9, 0, Q_d_read_S_W},
    [Q_a_96] = {ROW, SIZE_heads, 0, 1, 0, Q_a_96},
    [Q_a_66] = {ROW, SIZE_heads_value, 0, 1, 0, Q_a_66},
    [Q_a_69] = {ROW, SIZE_heads_key_value, 0, 10, 0, Q_a_69},
    [Q_d_W_t] = {ROW, SIZE_heads_value_value, 0, 0, 0, Q_d_W_t},
    [Q_d_D] = {SUM, SIZE_heads_value, 0, 0, 0, Q_d_D},
    [Q_d_bias_i_heads] = {SUM, SIZE_heads, 0, 1, 0, Q_d_bias_i_heads},
    [Q_d_a_log] = {SUM, SIZE_heads, 0, 2, 0, Q_d_a_log},
    [Q_d_W] = {SUM, SIZE_heads_value_value, 0, 3, 0, Q_d_W},
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
            const vec a_g = get(Q_a_g_);
            const vec g = a_g / (R(1) + vexp(-magnitude(a_g))) * vexp(R(0.5) * a_g - R(0.5) * magnitude(a_g));
            put(Q_v, v);
            put(Q_g, g);
            if (keep) {
                put(Q_a_g, a_g);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        for (long row = 0; row < rows; row++) {
            const vec a_f = get(Q_a_f_);
            const vec softplus_a_f = vsoftplus(a_f);
            const vec f = vexp(-exp_a_log * softplus_a_f);
            const vec v_S = -vexpm1(-exp_a_log * softplus_a_f);
            put(Q_f, f);
            put(Q_v_S, v_S);
            if (keep) {
                put(Q_a_f, a_f);
                put(Q_softplus_a_f, softplus_a_f);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by key by value. */
static void step_2_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec read_S_W = get(Q_read_S_W);
            const vec outer_Z = get(Q_outer_Z);
            const vec Z = vtanh(read_S_W + outer_Z);
            put(Q_Z, Z);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by key by value. */
static void step_3_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec scaled_S = get(Q_scaled_S);
            const vec scaled_S2 = get(Q_scaled_S2);
            const vec S = scaled_S + scaled_S2;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec readback_S_q = get(Q_readback_S_q);
            const vec v = get(Q_v);
            const vec o = g * (readback_S_q + D * v);
            put(Q_o, o);
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

/* Stage 1 of a time step backwards, panels of heads by key by value. */
static void back_1_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec a_g = get(Q_a_g);
            const vec sigmoid_a_g = vsigmoid(a_g);
            put(Q_sigmoid_a_g, sigmoid_a_g);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        vec d_D = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec sigmoid_a_g = get(Q_sigmoid_a_g);
            const vec readback_S_q = get(Q_readback_S_q);
            const vec v = get(Q_v);
            const vec a_g = get(Q_a_g);
            const vec d_o = get(Q_d_o_);
            const vec d_readback_S_q = d_o * g;
            const vec d_a_g = (sigmoid_a_g * d_o * (readback_S_q + D * v)) * (R(1) + a_g * (R(1) - sigmoid_a_g));
            d_D += d_o * g * v;
            put(Q_d_o, d_o);
            put(Q_d_readback_S_q, d_readback_S_q);
            put(Q_d_a_g, d_a_g);
        }
        add(Q_d_D, d_D);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by key by value. */
static void back_3_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_54 = get(Q_a_54);
            const vec d_S = d_S_next + a_54;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key by value. */
static void back_4_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_Z = get(Q_d_Z);
            const vec Z = get(Q_Z);
            const vec d_read_S_W = d_Z * (R(1) - power(Z, 2));
            put(Q_d_read_S_W, d_read_S_W);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        vec d_bias_i_heads = splat(0);
        vec d_a_log = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec f = get(Q_f);
            const vec a_f = get(Q_a_f);
            const vec d_v_S = get(Q_d_v_S);
            const vec softplus_a_f = get(Q_softplus_a_f);
            const vec d_z_f = get(Q_a_96);
            const vec d_a_f = f * vsigmoid(a_f) * d_v_S * exp_a_log - vsigmoid(a_f) * d_z_f * exp_a_log;
            const vec d_exp_a_log = f * d_v_S * softplus_a_f - d_z_f * softplus_a_f;
            d_bias_i_heads += d_a_f;
            d_a_log += d_exp_a_log * exp_a_log;
            put(Q_d_a_f, d_a_f);
        }
        add(Q_d_bias_i_heads, d_bias_i_heads);
        add(Q_d_a_log, d_a_log);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value. */
static void back_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec d_o = get(Q_d_o);
            const vec g = get(Q_g);
            const vec a_66 = get(Q_a_66);
            const vec d_v = d_o * g * D + a_66;
            put(Q_d_v, d_v);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key by value. */
static void back_5_heads_key_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_69 = get(Q_a_69);
            const vec a_70 = get(Q_a_70);
            const vec d_S_prev = a_69 + a_70;
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value by value. */
static void back_5_heads_value_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_W = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_W_t = get(Q_d_W_t);
            d_W += d_W_t;
        }
        add(Q_d_W, d_W);
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_91_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_key_value, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_i_heads", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"W", SIZE_heads_value_value, ONE, ONE, 1, 0, 0},
    {"a_log", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"D", SIZE_heads_value, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {4, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {2, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 2},
    {SIZE_heads, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads_value_value, 5, 0},
    {OF_TENSOR, SIZE_heads, 6, 0},
    {OF_TENSOR, SIZE_heads_value, 7, 0},
    {COMPUTED, SIZE_heads, 0, 0},
};

static const Bias biases[] = {
    {SIZE_heads, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_q, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {2, 0, 1, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {3, 0, 1, SIZE_heads, 0, 0},
    {5, 0, 3, SIZE_heads_value_value, 0, 0},
    {6, 0, 2, SIZE_heads, 0, 0},
    {7, 0, 0, SIZE_heads_value, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_heads, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {1, 3, (const Reduction[]){{CONTRACTION, Q_read_S_W, 2, (const short[]){Q_S_prev, Q_W}, 4, (const Loop[]){{SIZE_heads, {3, 3, 3}}, {SIZE_key, {2, 2, 0}}, {SIZE_value, {0, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_q_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_f_}, step_1_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_outer_Z, 2, (const short[]){Q_k, Q_v}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_key, {2, 1, 0}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S, 2, (const short[]){Q_f, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_key, {2, 0, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key_value, 0, 0, 0, 0, 0, step_2_heads_key_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S2, 2, (const short[]){Q_v_S, Q_Z}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_key, {2, 0, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key_value, 0, 0, 0, 0, 0, step_3_heads_key_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_readback_S_q, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {0, 2, 1}}, {SIZE_value, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_5}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_key_value, 0, 0, 0, 0, 0, back_1_heads_key_value}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_54, 2, (const short[]){Q_d_readback_S_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_key, {2, 0, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_readback_S_q, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_key, {1, 0, 2}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_key_value, 0, 0, 0, 0, 0, back_3_heads_key_value}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_d_v_S, 2, (const short[]){Q_d_S, Q_Z}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_key, {0, 2, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_d_Z, 2, (const short[]){Q_d_S, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_key, {2, 2, 0}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_scaled_d_S, 2, (const short[]){Q_f, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_key, {2, 0, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_a_70, 2, (const short[]){Q_d_S, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_key, {2, 2, 0}}, {SIZE_value, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_key_value, 0, 0, 0, 0, 0, back_4_heads_key_value}}},
    {5, 4, (const Reduction[]){{CONTRACTION, Q_a_96, 2, (const short[]){Q_scaled_d_S, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_key, {0, 2, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_66, 2, (const short[]){Q_d_read_S_W, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {0, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_d_k, 2, (const short[]){Q_d_read_S_W, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_key, {1, 2, 0}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_69, 2, (const short[]){Q_d_read_S_W, Q_W}, 4, (const Loop[]){{SIZE_heads, {3, 3, 3}}, {SIZE_key, {2, 2, 0}}, {SIZE_value, {1, 0, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_d_W_t, 2, (const short[]){Q_d_read_S_W, Q_S_prev}, 4, (const Loop[]){{SIZE_heads, {3, 3, 3}}, {SIZE_value, {2, 0, 1}}, {SIZE_key, {0, 2, 2}}, {SIZE_value, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_5_heads_value}, {SIZE_heads_key_value, 0, 0, 0, 0, 0, back_5_heads_key_value}, {SIZE_heads_value_value, 0, 0, 0, 0, 0, back_5_heads_value_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 3, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_q, Q_d_k}}, {5, 6, -1, 1, 2, (const short[]){Q_d_v, Q_d_a_g}}, {5, 7, -1, 1, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_91_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    "heads",
    "heads*key",
    "heads*value",
    "key",
    "value",
    "heads*key*value",
    "heads*value*value",
};

const Cell derive_cell = {
    .name = "m2rnn",
    .quantities = 63,
    .forward_quantities = 30,
    .states = 2,
    .inputs = 1,
    .axes = 11,
    .tensors = 8,
    .constants = 0,
    .packs = 8,
    .buffers = 6,
    .fixed = 4,
    .biases = 1,
    .early = 3,
    .outers = 4,
    .totals = 4,
    .sums = 4,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
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
