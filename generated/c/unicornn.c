/* Of unicornn.py as it was written, SHA-256 a6d1e783dc3863445ab60f3395559590b525650dfb84b6af6a95c5f42707051d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Undamped independent controlled oscillatory network. One time step:
 *
 *     zₜ = zₜ₋₁ − dt σ(c) ⊙ (tanh(w ⊙ hₜ₋₁ + W_iz xₜ + b_iz) + α hₜ₋₁)
 *     hₜ = hₜ₋₁ + dt σ(c) ⊙ zₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_x,
    Q_h_prev,
    Q_z_prev,
    Q_h,
    Q_z,
    Q_tanh_z,
    Q_w,
    Q_c,
    Q_dt,
    Q_alpha,
    Q_sigmoid_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_z_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_z_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_bias_ih,
    Q_d_w,
    Q_d_c
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_z_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_z},
    [Q_tanh_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_z},
    [Q_w] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_w},
    [Q_c] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_dt] = {FIXED, ONE, 0, 2, 0, Q_dt},
    [Q_alpha] = {FIXED, ONE, 0, 3, 0, Q_alpha},
    [Q_sigmoid_c] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_sigmoid_c},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_z_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_w] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_w},
    [Q_d_c] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_c},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec c = fixed(Q_c);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_c = vsigmoid(c);
            put(Q_sigmoid_c, sigmoid_c);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        const vec dt = fixed(Q_dt);
        const vec sigmoid_c = fixed(Q_sigmoid_c);
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec z_prev = get(Q_z_prev);
            const vec a_z = get(Q_a_z_);
            const vec tanh_z = vtanh(w * h_prev + a_z);
            const vec z = z_prev - dt * sigmoid_c * (tanh_z + alpha * h_prev);
            const vec h = h_prev + dt * sigmoid_c * z;
            put(Q_z, z);
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_z, tanh_z);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        const vec sigmoid_c = fixed(Q_sigmoid_c);
        const vec alpha = fixed(Q_alpha);
        const vec w = fixed(Q_w);
        vec d_bias_ih = splat(0);
        vec d_w = splat(0);
        vec d_c = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_z = get(Q_tanh_z);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_z_next = get(Q_d_z_later);
            const vec d_z = d_z_next + d_h * dt * sigmoid_c;
            const vec d_a_z = -d_z * dt * sigmoid_c * (R(1) - power(tanh_z, 2));
            const vec d_sigmoid_c = d_h * dt * z - d_z * dt * (tanh_z + alpha * h_prev);
            const vec d_h_prev = d_a_z * w - d_z * dt * sigmoid_c * alpha + d_h;
            const vec d_z_prev = d_z;
            d_bias_ih += d_a_z;
            d_w += d_a_z * h_prev;
            d_c += d_sigmoid_c * sigmoid_c * (R(1) - sigmoid_c);
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_z_prev, d_z_prev);
        }
        add(Q_d_bias_ih, d_bias_ih);
        add(Q_d_w, d_w);
        add(Q_d_c, d_c);
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
    {HIDDEN_SIZE, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"c", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "dt",
    "alpha",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 0, 1, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_z_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "unicornn",
    .quantities = 23,
    .forward_quantities = 12,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 2,
    .packs = 2,
    .buffers = 2,
    .fixed = 5,
    .biases = 1,
    .early = 1,
    .outers = 1,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 1,
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
