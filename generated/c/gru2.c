/* Of gru2.py as it was written, SHA-256 4983cd48d3c9635cc8965b105f318d6d0bca8b9dc147d41fa571dc8b797e7c55 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU variant 2: gates of the hidden state alone. One time step:
 *
 *      rₜ = σ(W_hr hₜ₋₁)
 *      zₜ = σ(W_hz hₜ₋₁)
 *     rhₜ = rₜ ⊙ hₜ₋₁
 *      h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde rhₜ + b_h_tilde)
 *      hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_a_r_,
    Q_a_z_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_r,
    Q_z,
    Q_rh,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_rh_,
    Q_a_41_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_r,
    Q_d_a_z,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_d_rh,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_a_r_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_r_},
    [Q_a_z_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_r_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_r},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_r},
    [Q_rh] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_rh},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_r},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_rh_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_rh_},
    [Q_a_41_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_41_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_r},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_z},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_rh] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_r = get(Q_a_r_);
            const vec a_z = get(Q_a_z_);
            const vec r = vsigmoid(a_r);
            const vec z = vsigmoid(a_z);
            const vec rh = r * h_prev;
            put(Q_z, z);
            put(Q_rh, rh);
            if (keep) {
                put(Q_r, r);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec a_h_tilde = get(Q_a_x_);
            const vec h_tilde = vtanh(a_h_tilde);
            const vec h = (R(1) - z) * h_prev + z * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_h_tilde, h_tilde);
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
            const vec z = get(Q_z);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * z * (R(1) - power(h_tilde, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_tilde - h_prev);
            d_bias += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec d_rh = get(Q_d_rh_);
            const vec d_a_r = r * (R(1) - r) * d_rh * h_prev;
            put(Q_d_rh, d_rh);
            put(Q_d_a_r, d_a_r);
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

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_rh = get(Q_d_rh);
            const vec r = get(Q_r);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_41_ = get(Q_a_41_);
            const vec d_h_prev = d_rh * r + d_h * (R(1) - z) + a_41_;
            put(Q_d_h_prev, d_h_prev);
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
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {1, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 2, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 2, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_h_prev}}},
    {0, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_rh}}},
    {1, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_x}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_r_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 2, -1, 1, 1, (const short[]){Q_rh}}}, (const short[]){Q_a_x_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_rh_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 5, -1, 0, 2, (const short[]){Q_d_a_r, Q_d_a_z}}}, (const short[]){Q_a_41_}, back_3}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gru2",
    .quantities = 23,
    .forward_quantities = 10,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 1,
    .sums = 1,
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
