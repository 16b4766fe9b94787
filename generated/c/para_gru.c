/* Of para_gru.py as it was written, SHA-256 b0543bcfc1306e940b9a4a933b05b89e8a921b5241c7a79f504c30861f7564fc */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * ParaGRU. One time step:
 *
 *     zₜ = σ(W_iz xₜ + b_iz + u_z ⊙ hₜ₋₁)
 *     rₜ = σ(W_ir xₜ + b_ir + u_r ⊙ hₜ₋₁)
 *     nₜ = tanh(W_in xₜ + b_in + u_n ⊙ rₜ ⊙ hₜ₋₁)
 *     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ nₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_r_,
    Q_a_n_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_z,
    Q_r,
    Q_n,
    Q_u_z,
    Q_u_r,
    Q_u_n,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_r,
    Q_d_a_n,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_u_z,
    Q_d_u_r,
    Q_d_u_n
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_r_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_z_},
    [Q_a_n_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_z_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_n] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_u_z] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_u_z},
    [Q_u_r] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_u_r},
    [Q_u_n] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_u_n},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_r},
    [Q_d_a_n] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_n},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_u_z] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_u_z},
    [Q_d_u_r] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_u_r},
    [Q_d_u_n] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_u_n},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u_z = fixed(Q_u_z);
        const vec u_r = fixed(Q_u_r);
        const vec u_n = fixed(Q_u_n);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_z_);
            const vec a_r = get(Q_a_r_);
            const vec a_n = get(Q_a_n_);
            const vec z = vsigmoid(a_z + u_z * h_prev);
            const vec r = vsigmoid(a_r + u_r * h_prev);
            const vec n = vtanh(a_n + u_n * r * h_prev);
            const vec h = (R(1) - z) * h_prev + z * n;
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
                put(Q_r, r);
                put(Q_n, n);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u_n = fixed(Q_u_n);
        const vec u_z = fixed(Q_u_z);
        const vec u_r = fixed(Q_u_r);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_u_z = splat(0);
        vec d_u_r = splat(0);
        vec d_u_n = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec n = get(Q_n);
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_n = d_h * z * (R(1) - power(n, 2));
            const vec d_a_r = r * (R(1) - r) * d_a_n * u_n * h_prev;
            const vec d_a_z = z * (R(1) - z) * d_h * (n - h_prev);
            const vec d_h_prev = d_a_z * u_z + d_a_r * u_r + r * d_a_n * u_n + d_h * (R(1) - z);
            d_bias_ih_0 += d_a_z;
            d_bias_ih_1 += d_a_r;
            d_bias_ih_2 += d_a_n;
            d_u_z += d_a_z * h_prev;
            d_u_r += d_a_r * h_prev;
            d_u_n += d_a_n * r * h_prev;
            put(Q_d_a_n, d_a_n);
            put(Q_d_a_r, d_a_r);
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_u_z, d_u_z);
        add(Q_d_u_r, d_u_r);
        add(Q_d_u_n, d_u_n);
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"u_z", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"u_r", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"u_n", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
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
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
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
    {2, 0, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 4, HIDDEN_SIZE, 0, 0},
    {4, 0, 5, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_z_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 3, (const short[]){Q_d_a_z, Q_d_a_r, Q_d_a_n}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "para_gru",
    .quantities = 26,
    .forward_quantities = 12,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 3,
    .biases = 1,
    .early = 1,
    .outers = 1,
    .totals = 6,
    .sums = 6,
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
