/* Of cornn.py as it was written, SHA-256 61b7474071042224c42a4590a962ef1d738dd293586bd204470de1dd3d661aef */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Coupled oscillatory recurrent network. One time step:
 *
 *     zₜ = zₜ₋₁ + dt (tanh(W_iz xₜ + W_hz hₜ₋₁ + W_zz zₜ₋₁ + b_z) − γ hₜ₋₁ − ε zₜ₋₁)
 *     hₜ = hₜ₋₁ + dt zₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_z_prev,
    Q_h,
    Q_z,
    Q_tanh_a_z,
    Q_dt,
    Q_gamma,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y,
    Q_d_z_later,
    Q_a_37_,
    Q_a_38_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_z_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_h,
    Q_d_z,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_z_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_z},
    [Q_tanh_a_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a_z},
    [Q_dt] = {FIXED, ONE, 0, 0, 0, Q_dt},
    [Q_gamma] = {FIXED, ONE, 0, 1, 0, Q_gamma},
    [Q_epsilon] = {FIXED, ONE, 0, 2, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_z_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_later},
    [Q_a_37_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_37_},
    [Q_a_38_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_38_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_z] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec z_prev = get(Q_z_prev);
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_x_);
            const vec tanh_a_z = vtanh(a_z);
            const vec z = z_prev + dt * (tanh_a_z - gamma * h_prev - epsilon * z_prev);
            const vec h = h_prev + dt * z;
            put(Q_z, z);
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a_z, tanh_a_z);
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
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_a_z = get(Q_tanh_a_z);
            const vec d_h = d_h_later + d_y;
            const vec d_z_next = get(Q_d_z_later);
            const vec d_z = d_z_next + d_h * dt;
            const vec d_a_z = d_z * dt * (R(1) - power(tanh_a_z, 2));
            d_bias += d_a_z;
            put(Q_d_h, d_h);
            put(Q_d_z, d_z);
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
        const vec dt = fixed(Q_dt);
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec d_z = get(Q_d_z);
            const vec a_37_ = get(Q_a_37_);
            const vec a_38_ = get(Q_a_38_);
            const vec d_h_prev = d_h - d_z * dt * gamma + a_37_;
            const vec d_z_prev = d_z * (R(1) - dt * epsilon) + a_38_;
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_z_prev, d_z_prev);
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
    {HIDDEN_SIZE, 1},
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_zh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "dt",
    "gamma",
    "epsilon",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
    {OF_CONSTANT, ONE, 2, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_z, Q_h_prev}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_z, Q_z_prev}}},
};

static const Total totals[] = {
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}, {0, 2, -1, 1, 1, (const short[]){Q_z_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{1, 3, -1, 0, 1, (const short[]){Q_d_a_z}}, {2, 4, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_a_37_, Q_a_38_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 5, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "cornn",
    .quantities = 23,
    .forward_quantities = 10,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 3,
    .packs = 6,
    .buffers = 4,
    .fixed = 3,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 1,
    .sums = 1,
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
