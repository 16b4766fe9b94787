/* Of minimal_rnn.py as it was written, SHA-256 92cb5a10f9fe2a90df2b636d41c497804ab88fc8bfbc3edcaf06f06689ff4647 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * MinimalRNN. One time step:
 *
 *     zₜ = tanh(W_iz xₜ + b_iz)
 *     uₜ = σ(W_hu hₜ₋₁ + W_zu zₜ + b_u)
 *     hₜ = uₜ ⊙ hₜ₋₁ + (1 − uₜ) ⊙ zₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_z2_,
    Q_a_28_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_z,
    Q_a_28,
    Q_u,
    Q_d_h_later,
    Q_d_y,
    Q_a_31_,
    Q_a_32_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_u,
    Q_d_h,
    Q_d_bias,
    Q_d_bias_ih
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_z2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_z2_},
    [Q_a_28_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_28_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_a_28] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_28},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_31_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_31_},
    [Q_a_32_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_32_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_u] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_u},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_28},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_z_);
            const vec z = vtanh(a_z);
            const vec a_28 = get(Q_a_28_);
            put(Q_z, z);
            put(Q_a_28, a_28);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_28 = get(Q_a_28);
            const vec h_prev = get(Q_h_prev);
            const vec z = get(Q_z);
            const vec a_z2 = get(Q_a_z2_);
            const vec a_u = a_z2 + a_28;
            const vec u = vsigmoid(a_u);
            const vec h = u * h_prev + (R(1) - u) * z;
            put(Q_h, h);
            if (keep) {
                put(Q_u, u);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec u = get(Q_u);
            const vec h_prev = get(Q_h_prev);
            const vec z = get(Q_z);
            const vec d_h = d_h_later + d_y;
            const vec d_a_u = u * (R(1) - u) * d_h * (h_prev - z);
            d_bias += d_a_u;
            put(Q_d_h, d_h);
            put(Q_d_a_u, d_a_u);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec u = get(Q_u);
            const vec a_31_ = get(Q_a_31_);
            const vec z = get(Q_z);
            const vec a_32_ = get(Q_a_32_);
            const vec d_z = d_h * (R(1) - u) + a_31_;
            const vec d_a_z = d_z * (R(1) - power(z, 2));
            const vec d_h_prev = d_h * u + a_32_;
            d_bias_ih += d_a_z;
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih, d_bias_ih);
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
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_zh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{4, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_u, Q_h_prev}}},
    {3, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_u, Q_z}}},
};

static const Total totals[] = {
    {1, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{2, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_z_, Q_a_28_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, 1, 0, 1, (const short[]){Q_z}}}, (const short[]){Q_a_z2_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_u}}, {4, 4, -1, 0, 1, (const short[]){Q_d_a_u}}}, (const short[]){Q_a_31_, Q_a_32_}, back_2}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "minimal_rnn",
    .quantities = 21,
    .forward_quantities = 9,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 0,
    .biases = 2,
    .early = 1,
    .outers = 3,
    .totals = 2,
    .sums = 2,
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
