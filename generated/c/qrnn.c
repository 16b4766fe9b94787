/* Of qrnn.py as it was written, SHA-256 9aaf5131da18913bca63f7ae59e83b4f9d4dded3254771597a0aa19f1bc48b7d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Quasi-recurrent network, fo-pooling, window 1. One time step:
 *
 *     zₜ = tanh(W_iz xₜ + b_iz)
 *     fₜ = σ(W_if xₜ + b_if)
 *     oₜ = σ(W_io xₜ + b_io)
 *     cₜ = fₜ ⊙ cₜ₋₁ + (1 − fₜ) ⊙ zₜ
 *     hₜ = oₜ ⊙ cₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_f_,
    Q_a_o_,
    Q_x,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_z,
    Q_f,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_f,
    Q_d_a_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_f_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_z_},
    [Q_a_o_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_z_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_z = get(Q_a_z_);
            const vec a_f = get(Q_a_f_);
            const vec a_o = get(Q_a_o_);
            const vec z = vtanh(a_z);
            const vec f = vsigmoid(a_f);
            const vec o = vsigmoid(a_o);
            const vec c = f * c_prev + (R(1) - f) * z;
            const vec h = o * c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
                put(Q_f, f);
                put(Q_o, o);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec c = get(Q_c);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec z = get(Q_z);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o;
            const vec d_a_o = o * (R(1) - o) * d_h * c;
            const vec d_a_f = f * (R(1) - f) * d_c * (c_prev - z);
            const vec d_z = d_c * (R(1) - f);
            const vec d_a_z = d_z * (R(1) - power(z, 2));
            const vec d_h_prev = splat(R(0));
            const vec d_c_prev = d_c * f;
            d_bias_ih_0 += d_a_z;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {HIDDEN_SIZE, 0, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_z_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 3, (const short[]){Q_d_a_z, Q_d_a_f, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "qrnn",
    .quantities = 23,
    .forward_quantities = 10,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 1,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 1,
    .backward_stages = 2,
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
