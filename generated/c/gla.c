/* Of gla.py as it was written, SHA-256 353451ddf70c43979b2404e465d4f6771bf66e54337b1a939dec2f3340341ef5 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Gated linear attention. One time step:
 *
 *     qₜ = W_iq xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     aₜ = exp(−softplus(−(W_ia xₜ + b_ia))/16)
 *     rₜ = SiLU(W_ir xₜ + b_ir)
 *     Sₜ = Sₜ₋₁ diag(aₜ) + vₜ kₜᵀ
 *     oₜ = rₜ ⊙ (Sₜ qₜ)
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_q_,
    Q_k_,
    Q_v_,
    Q_a_a_,
    Q_a_r_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_q,
    Q_k,
    Q_a_a,
    Q_a,
    Q_v,
    Q_a_r,
    Q_r,
    Q_columns_S_a,
    Q_outer_S,
    Q_read_S_q,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_62_,
    Q_a_64_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_q,
    Q_d_k,
    Q_d_a_a,
    Q_d_v,
    Q_d_a_r,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_r,
    Q_factor,
    Q_d_read_S_q,
    Q_a_40,
    Q_d_S,
    Q_scaled_d_S,
    Q_a_72,
    Q_a_64,
    Q_d_bias_i_heads_value,
    Q_d_bias_i_heads_key
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads_value_key, SIZE_heads, SIZE_value, SIZE_key };

static const Quantity quantities[] = {
    [Q_q_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_q_},
    [Q_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_q_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_a_a_] = {EARLY, SIZE_heads_key, 0, 2, 0, Q_a_a_},
    [Q_a_r_] = {EARLY, SIZE_heads_value, 0, 3, 0, Q_a_r_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_q] = {ROW, SIZE_heads_key, 1, 3, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 4, 0, Q_k},
    [Q_a_a] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_a},
    [Q_a] = {ROW, SIZE_heads_key, 1, 5, 0, Q_a},
    [Q_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_a_r] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_r},
    [Q_r] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_r},
    [Q_columns_S_a] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_columns_S_a},
    [Q_outer_S] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_outer_S},
    [Q_read_S_q] = {ROW, SIZE_heads_value, 1, 3, 0, Q_read_S_q},
    [Q_o] = {ROW, SIZE_heads_value, 1, 4, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 5, 0, Q_d_o_},
    [Q_a_62_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_62_},
    [Q_a_64_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_64_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_q] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_k},
    [Q_d_a_a] = {ROW, SIZE_heads_key, 1, 2, 0, Q_d_a_a},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_a_r] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_r},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_r] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_sigmoid_a_r},
    [Q_factor] = {ROW, SIZE_heads_key, 0, 0, 0, Q_factor},
    [Q_d_read_S_q] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_read_S_q},
    [Q_a_40] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_a_40},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_d_S},
    [Q_scaled_d_S] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_scaled_d_S},
    [Q_a_72] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_72},
    [Q_a_64] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_64},
    [Q_d_bias_i_heads_value] = {SUM, SIZE_heads_value, 0, 0, 0, Q_d_bias_i_heads_value},
    [Q_d_bias_i_heads_key] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_bias_i_heads_key},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q_);
            const vec k = get(Q_k_);
            const vec a_a = get(Q_a_a_);
            const vec a = vexp(-R(0.0625) * vsoftplus(-a_a));
            put(Q_q, q);
            put(Q_k, k);
            put(Q_a, a);
            if (keep) {
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
            const vec v = get(Q_v_);
            const vec a_r = get(Q_a_r_);
            const vec r = a_r / (R(1) + vexp(-magnitude(a_r))) * vexp(R(0.5) * a_r - R(0.5) * magnitude(a_r));
            put(Q_v, v);
            put(Q_r, r);
            if (keep) {
                put(Q_a_r, a_r);
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
            fetch(Q_S);
            const vec columns_S_a = get(Q_columns_S_a);
            const vec outer_S = get(Q_outer_S);
            const vec S = columns_S_a + outer_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by value. */
static void step_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
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

/* Stage 4 of a time step, panels of units. */
static void step_4(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec a_r = get(Q_a_r);
            const vec sigmoid_a_r = vsigmoid(a_r);
            put(Q_sigmoid_a_r, sigmoid_a_r);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a = get(Q_a);
            const vec a_a = get(Q_a_a);
            const vec factor = a * vsigmoid(-a_a);
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
            const vec sigmoid_a_r = get(Q_sigmoid_a_r);
            const vec read_S_q = get(Q_read_S_q);
            const vec a_r = get(Q_a_r);
            const vec d_o = get(Q_d_o_);
            const vec d_read_S_q = d_o * r;
            const vec d_a_r = (sigmoid_a_r * d_o * read_S_q) * (R(1) + a_r * (R(1) - sigmoid_a_r));
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
            const vec a_40 = get(Q_a_40);
            const vec d_S = d_S_next + a_40;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads_key = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_72 = get(Q_a_72);
            const vec d_a_a = R(0.0625) * a_72;
            d_bias_i_heads_key += d_a_a;
            put(Q_d_a_a, d_a_a);
        }
        add(Q_d_bias_i_heads_key, d_bias_i_heads_key);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_64 = get(Q_a_64_);
            put(Q_a_64, a_64);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_62_ = get(Q_a_62_);
            const vec a_64 = get(Q_a_64);
            const vec d_x = a_62_ + a_64;
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
    {"bias_i_heads_key", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"bias_i_heads_value", SIZE_heads_value, ONE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {0, 2, 1, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 1, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {4, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {0, 0, 3, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 1},
    {SIZE_heads_key, 1, 1},
    {SIZE_heads_value, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {SIZE_heads_key, 1, 1, (const Summand[]){{2, 0}}},
    {SIZE_heads_value, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, 0, 0, 1, (const short[]){Q_x}},
    {3, 3, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_q, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {2, 0, 1, SIZE_heads_key, 0, 0},
    {3, 0, 0, SIZE_heads_value, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_heads_key, 0, 0, 2, 0, (const short[]){Q_q_, Q_a_a_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 2, 0, (const short[]){Q_v_, Q_a_r_}, step_1_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_columns_S_a, 2, (const short[]){Q_S_prev, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_3_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_4}}},
};

static const Stage backward[] = {
    {0, 4, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_40, 2, (const short[]){Q_d_read_S_q, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_read_S_q, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {4, 0, (const Reduction[]){{CONTRACTION, Q_scaled_d_S, 2, (const short[]){Q_factor, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_d_v, 2, (const short[]){Q_d_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_d_k, 2, (const short[]){Q_d_S, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_S_prev, 2, (const short[]){Q_d_S, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, 0},
    {1, 2, (const Reduction[]){{CONTRACTION, Q_a_72, 2, (const short[]){Q_scaled_d_S, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 6, -1, 0, 2, (const short[]){Q_d_v, Q_d_a_r}}}, (const short[]){Q_a_64_}, back_5_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{6, 7, -1, 0, 3, (const short[]){Q_d_q, Q_d_k, Q_d_a_a}}}, (const short[]){Q_a_62_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads*value*key",
    "heads",
    "value",
    "key",
};

const Cell derive_cell = {
    .name = "gla",
    .quantities = 47,
    .forward_quantities = 21,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 5,
    .constants = 0,
    .packs = 8,
    .buffers = 8,
    .fixed = 0,
    .biases = 2,
    .early = 4,
    .outers = 3,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 4,
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
