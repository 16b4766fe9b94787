/* Of linear_lstm.py as it was written, SHA-256 194c9d30be4c267c99fbab681810bc9dd4f81ef046b5b4149e07d050ebf5d3c5 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Long short-term memory with linear input and output activations with projection. One time step:
 *
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
 *     fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
 *     gₜ = W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
 *     cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *     mₜ = oₜ ⊙ cₜ
 *     hₜ = W_hr mₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_h_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_g,
    Q_i,
    Q_f,
    Q_o,
    Q_m,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_m_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_g,
    Q_d_a_o,
    Q_d_h,
    Q_d_c_next,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_h_] = {LOCAL, PROJ_SIZE, 0, 1, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, PROJ_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, PROJ_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_g},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_g},
    [Q_m] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_m},
    [Q_d_h_later] = {LATER, PROJ_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, PROJ_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_m_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_m_},
    [Q_d_h_prev_] = {LOCAL, PROJ_SIZE, 0, 3, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, PROJ_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_h] = {ROW, PROJ_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_c_next] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_c_next},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_i = get(Q_a_x_0_);
            const vec a_f = get(Q_a_x_1_);
            const vec g = get(Q_a_x_2_);
            const vec a_o = get(Q_a_x_3_);
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec o = vsigmoid(a_o);
            const vec c = f * c_prev + i * g;
            const vec m = o * c;
            put(Q_c, c);
            put(Q_m, m);
            if (keep) {
                put(Q_g, g);
                put(Q_i, i);
                put(Q_f, f);
                put(Q_o, o);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of outputs. */
static void step_2_outputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_h_);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of outputs. */
static void back_1_outputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec d_h = d_h_later + d_y;
            put(Q_d_h, d_h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_c_next = get(Q_d_c_later);
            put(Q_d_c_next, d_c_next);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_c_next = get(Q_d_c_next);
            const vec o = get(Q_o);
            const vec c = get(Q_c);
            const vec i = get(Q_i);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec g = get(Q_g);
            const vec d_m = get(Q_d_m_);
            const vec d_c = d_c_next + d_m * o;
            const vec d_a_o = o * (R(1) - o) * d_m * c;
            const vec d_g = d_c * i;
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_i = i * (R(1) - i) * d_c * g;
            const vec d_c_prev = d_c * f;
            d_bias_ih_0 += d_a_i;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_g;
            d_bias_ih_3 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_g, d_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of outputs. */
static void back_3_outputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_d_x_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {PROJ_SIZE, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, PROJ_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hr", PROJ_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, PROJ_SIZE},
    {4, 0, 1, 0, 0, PROJ_SIZE, HIDDEN_SIZE},
    {4, 0, 1, 1, 0, HIDDEN_SIZE, PROJ_SIZE},
    {2, 0, 4, 1, 0, PROJ_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {PROJ_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {PROJ_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {2, 0, 4, 1, HIDDEN_SIZE, PROJ_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
    {4, 0, 1, 1, PROJ_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_h, Q_m}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {1, 3, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
    {0, 1, 0, (const Group[]){{PROJ_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_m}}}, (const short[]){Q_h_}, step_2_outputs}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{PROJ_SIZE, 0, 0, 0, 0, 0, back_1_outputs}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_m_}, back_2}}},
    {0, 2, 0, (const Group[]){{PROJ_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_g, Q_d_a_o}}}, (const short[]){Q_d_h_prev_}, back_3_outputs}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 5, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "linear_lstm_projected",
    .quantities = 34,
    .forward_quantities = 15,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 8,
    .sums = 4,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
    .backward_stages = 3,
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
