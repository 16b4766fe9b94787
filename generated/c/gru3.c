/* Of gru3.py as it was written, SHA-256 0eb7673480ceca762f7cdecbd3e45838513d00a33436b224716b6bfa8e420577 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU variant 3: gates of the bias alone. One time step:
 *
 *       r = σ(b_r)
 *       z = σ(b_z)
 *     rhₜ = r ⊙ hₜ₋₁
 *      h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde rhₜ + b_h_tilde)
 *      hₜ = (1 − z) ⊙ hₜ₋₁ + z ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_rh,
    Q_h_tilde,
    Q_b_r,
    Q_b_z,
    Q_r,
    Q_z,
    Q_d_h_later,
    Q_d_y,
    Q_d_rh_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_d_bias,
    Q_d_b_z,
    Q_d_b_r
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_rh] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_rh},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_h_tilde},
    [Q_b_r] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_r},
    [Q_b_z] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_z},
    [Q_r] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_r},
    [Q_z] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_rh_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_rh_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_b_z] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_b_z},
    [Q_d_b_r] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_b_r},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_r = fixed(Q_b_r);
        const vec b_z = fixed(Q_b_z);
        for (long row = 0; row < rows; row++) {
            const vec r = vsigmoid(b_r);
            const vec z = vsigmoid(b_z);
            put(Q_r, r);
            put(Q_z, z);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec r = fixed(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec rh = r * h_prev;
            put(Q_rh, rh);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec z = fixed(Q_z);
        for (long row = 0; row < rows; row++) {
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
        const vec z = fixed(Q_z);
        vec d_bias = splat(0);
        vec d_b_z = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * z * (R(1) - power(h_tilde, 2));
            const vec d_z = d_h * (h_tilde - h_prev);
            d_bias += d_a_h_tilde;
            d_b_z += d_z * z * (R(1) - z);
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
        }
        add(Q_d_bias, d_bias);
        add(Q_d_b_z, d_b_z);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec r = fixed(Q_r);
        const vec z = fixed(Q_z);
        vec d_b_r = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec d_h = get(Q_d_h);
            const vec d_rh = get(Q_d_rh_);
            const vec d_r = d_rh * h_prev;
            const vec d_h_prev = d_rh * r + d_h * (R(1) - z);
            d_b_r += d_r * r * (R(1) - r);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_b_r, d_b_r);
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_r", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_z", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_rh}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {4, 0, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_rh}}}, (const short[]){Q_a_x_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_rh_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gru3",
    .quantities = 21,
    .forward_quantities = 10,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 4,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 1,
    .forward_stages = 2,
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
