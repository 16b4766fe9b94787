/* Of star.py as it was written, SHA-256 4212cc9758f917f909c024b9577b0b029c033d8cdd49e60f5d70a76606a4b649 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Stackable recurrent cell. One time step:
 *
 *     zₜ = tanh(W_iz xₜ + b_iz)
 *     kₜ = σ(W_ik xₜ + W_hk hₜ₋₁ + b_k)
 *     hₜ = tanh((1 − kₜ) ⊙ hₜ₋₁ + kₜ ⊙ zₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_z,
    Q_k,
    Q_d_h_later,
    Q_d_y,
    Q_a_35_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_k,
    Q_d_a_h,
    Q_d_bias_ih,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_35_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_35_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_k] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_k},
    [Q_d_a_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_a_h},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_z_);
            const vec z = vtanh(a_z);
            const vec a_k = get(Q_a_x_);
            const vec k = vsigmoid(a_k);
            const vec h = vtanh((R(1) - k) * h_prev + k * z);
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
                put(Q_k, k);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih = splat(0);
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec k = get(Q_k);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            const vec d_a_k = k * (R(1) - k) * d_a_h * (z - h_prev);
            const vec d_z = d_a_h * k;
            const vec d_a_z = d_z * (R(1) - power(z, 2));
            d_bias_ih += d_a_z;
            d_bias += d_a_k;
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_k, d_a_k);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias_ih, d_bias_ih);
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_a_h = get(Q_d_a_h);
            const vec k = get(Q_k);
            const vec a_35_ = get(Q_a_35_);
            const vec d_h_prev = d_a_h * (R(1) - k) + a_35_;
            put(Q_d_h_prev, d_h_prev);
        }
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 1, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_k, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_z_, Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_k}}}, (const short[]){Q_a_35_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 4, -1, 0, 2, (const short[]){Q_d_a_z, Q_d_a_k}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "star",
    .quantities = 18,
    .forward_quantities = 7,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 5,
    .buffers = 4,
    .fixed = 0,
    .biases = 2,
    .early = 2,
    .outers = 2,
    .totals = 2,
    .sums = 2,
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
