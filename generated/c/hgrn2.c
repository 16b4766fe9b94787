/* Of hgrn2.py as it was written, SHA-256 5eff02d873924d7577fc1ea755fa2f462bec3d7759fe3675207700bf21ac3c2a */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * HGRN2. One time step:
 *
 *     qₜ = SiLU(W_iq xₜ)
 *     fₜ = σ(W_if xₜ)
 *     vₜ = W_iv xₜ
 *     Sₜ = Sₜ₋₁ diag(fₜ) + vₜ (1 − fₜ)ᵀ
 *     oₜ = Sₜ qₜ
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_,
    Q_a_f_,
    Q_v_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_q,
    Q_q,
    Q_f,
    Q_v_S,
    Q_v,
    Q_columns_S_f,
    Q_outer_S,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_50_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_q,
    Q_d_a_f,
    Q_d_v,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_q,
    Q_scaled_S,
    Q_d_o,
    Q_a_35,
    Q_a_53,
    Q_d_S,
    Q_d_v_S,
    Q_a_38
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads_value_key, SIZE_heads, SIZE_value, SIZE_key };

static const Quantity quantities[] = {
    [Q_a_q_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_a_q_},
    [Q_a_f_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_a_q_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_a_q] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_q},
    [Q_q] = {ROW, SIZE_heads_key, 1, 2, 0, Q_q},
    [Q_f] = {ROW, SIZE_heads_key, 1, 3, 0, Q_f},
    [Q_v_S] = {ROW, SIZE_heads_key, 1, 4, 0, Q_v_S},
    [Q_v] = {ROW, SIZE_heads_value, 1, 1, 0, Q_v},
    [Q_columns_S_f] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_columns_S_f},
    [Q_outer_S] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_outer_S},
    [Q_o] = {ROW, SIZE_heads_value, 1, 2, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 3, 0, Q_d_o_},
    [Q_a_50_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_a_50_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_a_q},
    [Q_d_a_f] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_a_f},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_q] = {ROW, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_q},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_scaled_S},
    [Q_d_o] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_o},
    [Q_a_35] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_a_35},
    [Q_a_53] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_53},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_d_S},
    [Q_d_v_S] = {ROW, SIZE_heads_key, 0, 2, 0, Q_d_v_S},
    [Q_a_38] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_38},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q = get(Q_a_q_);
            const vec a_f = get(Q_a_f_);
            const vec q = a_q / (R(1) + vexp(-magnitude(a_q))) * vexp(R(0.5) * a_q - R(0.5) * magnitude(a_q));
            const vec f = vsigmoid(a_f);
            const vec v_S = R(1) - f;
            put(Q_q, q);
            put(Q_f, f);
            put(Q_v_S, v_S);
            if (keep) {
                put(Q_a_q, a_q);
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
            put(Q_v, v);
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
            const vec columns_S_f = get(Q_columns_S_f);
            const vec outer_S = get(Q_outer_S);
            const vec S = columns_S_f + outer_S;
            put(Q_S, S);
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

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q = get(Q_a_q);
            const vec sigmoid_a_q = vsigmoid(a_q);
            put(Q_sigmoid_a_q, sigmoid_a_q);
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
            const vec a_35 = get(Q_a_35);
            const vec d_S = d_S_next + a_35;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by key. */
static void back_3_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_53 = get(Q_a_53);
            const vec a_q = get(Q_a_q);
            const vec sigmoid_a_q = get(Q_sigmoid_a_q);
            const vec d_a_q = a_53 * (R(1) + a_q * (R(1) - sigmoid_a_q));
            put(Q_d_a_q, d_a_q);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key. */
static void back_4_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_38 = get(Q_a_38);
            const vec d_v_S = get(Q_d_v_S);
            const vec f = get(Q_f);
            const vec d_f = a_38 - d_v_S;
            const vec d_a_f = d_f * f * (R(1) - f);
            put(Q_d_a_f, d_a_f);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_50_);
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
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {2, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads_value},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
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
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q, Q_x}}},
    {1, 0, 1, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_a_q_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_columns_S_f, 2, (const short[]){Q_S_prev, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_o, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, 0},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_4}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 2, (const short[]){Q_sigmoid_a_q, Q_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_a_35, 2, (const short[]){Q_d_o, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_53, 2, (const short[]){Q_d_o, Q_scaled_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_3_heads_key}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_d_v_S, 2, (const short[]){Q_d_S, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_v, 2, (const short[]){Q_d_S, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_38, 2, (const short[]){Q_d_S, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_d_S_prev, 2, (const short[]){Q_d_S, Q_f}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_4_heads_key}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 2, 1, (const Product[]){{4, 4, -1, 0, 2, (const short[]){Q_d_a_q, Q_d_a_f}}, {4, 5, -1, 1, 1, (const short[]){Q_d_v}}}, (const short[]){Q_a_50_}, back_5_inputs}}},
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
    .name = "hgrn2",
    .quantities = 37,
    .forward_quantities = 16,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 3,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 0,
    .early = 2,
    .outers = 3,
    .totals = 0,
    .sums = 0,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 4,
    .backward_stages = 5,
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
