/* Of jordan_rnn.py as it was written, SHA-256 a79649131ff3250ac6188fe3db2faefd233c9833a77a8ae918e1db8f9d50bf1d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Jordan network. One time step:
 *
 *     hₜ = σ(W_ih xₜ + W_hh yₜ₋₁ + b_h)
 *     yₜ = σ(W_hy hₜ + b_hy)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_a_y_,
    Q_x,
    Q_y_prev,
    Q_y,
    Q_h,
    Q_d_y_later,
    Q_d_y2,
    Q_d_h_,
    Q_d_y_prev_,
    Q_d_x_,
    Q_d_y_prev,
    Q_d_x,
    Q_d_a_h,
    Q_d_a_y,
    Q_d_bias_hh,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_a_y_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_y_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_y_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_y_prev},
    [Q_y] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_y},
    [Q_h] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_h},
    [Q_d_y_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_h_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_},
    [Q_d_y_prev_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_y_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_y_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h},
    [Q_d_a_y] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_y},
    [Q_d_bias_hh] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_hh},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_h = get(Q_a_x_);
            const vec h = vsigmoid(a_h);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_y = get(Q_a_y_);
            const vec y = vsigmoid(a_y);
            put(Q_y, y);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_hh = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_y2 = get(Q_d_y2);
            const vec d_y_later = get(Q_d_y_later);
            const vec y = get(Q_y);
            const vec d_y = d_y2 + d_y_later;
            const vec d_a_y = d_y * y * (R(1) - y);
            d_bias_hh += d_a_y;
            put(Q_d_a_y, d_a_y);
        }
        add(Q_d_bias_hh, d_bias_hh);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_h);
            const vec d_h = get(Q_d_h_);
            const vec d_a_h = d_h * h * (R(1) - h);
            d_bias += d_a_h;
            put(Q_d_a_h, d_a_h);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_y_prev = get(Q_d_y_prev_);
            put(Q_d_y_prev, d_y_prev);
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
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 1, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 1, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_y_prev}}},
    {1, 1, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_y, Q_h}}},
};

static const Total totals[] = {
    {2, 0, 1, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_y_prev}}}, (const short[]){Q_a_x_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, 1, 0, 1, (const short[]){Q_h}}}, (const short[]){Q_a_y_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_y}}}, (const short[]){Q_d_h_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_y_prev_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "jordan_rnn",
    .quantities = 17,
    .forward_quantities = 6,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
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
