/* Of lif.py as it was written, SHA-256 ca62da261402af50339a73bc1ed6620c4a3ef06ac584f0e96cbfc985935b0ed1 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Leaky integrate-and-fire neurons. One time step:
 *
 *      α = exp(−1/τ)
 *     vₜ = α vₜ₋₁ + (1 − α) (W_iv xₜ + W_hv zₜ₋₁) − θ zₜ₋₁
 *     zₜ = Θ((vₜ − θ)/θ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_z_prev,
    Q_v_prev,
    Q_z,
    Q_v,
    Q_tau,
    Q_theta,
    Q_d_z_later,
    Q_d_y,
    Q_d_v_later,
    Q_a_29_,
    Q_d_x_,
    Q_d_z_prev,
    Q_d_v_prev,
    Q_d_x,
    Q_d_a_v,
    Q_d_v
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_z_prev},
    [Q_v_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_v_prev},
    [Q_z] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_z},
    [Q_v] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_v},
    [Q_tau] = {FIXED, ONE, 0, 0, 0, Q_tau},
    [Q_theta] = {FIXED, ONE, 0, 1, 0, Q_theta},
    [Q_d_z_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_z_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_v_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_later},
    [Q_a_29_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_29_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_z_prev},
    [Q_d_v_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_v] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_v},
    [Q_d_v] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_v},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec tau = fixed(Q_tau);
        const vec theta = fixed(Q_theta);
        for (long row = 0; row < rows; row++) {
            const vec v_prev = get(Q_v_prev);
            const vec z_prev = get(Q_z_prev);
            const vec a_v = get(Q_a_x_);
            const vec v = vrate(-R(1) / tau) * v_prev + (-vexpm1(-R(1) / tau)) * a_v - theta * z_prev;
            const vec z = where((v - theta) / theta > splat(R(0)), splat(R(1)), splat(R(0)));
            put(Q_v, v);
            put(Q_z, z);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec theta = fixed(Q_theta);
        const vec tau = fixed(Q_tau);
        for (long row = 0; row < rows; row++) {
            const vec d_y = get(Q_d_y);
            const vec d_z_later = get(Q_d_z_later);
            const vec v = get(Q_v);
            const vec d_z = d_y + d_z_later;
            const vec d_v_next = get(Q_d_v_later);
            const vec a_z = (v - theta) / theta;
            const vec d_v = d_v_next + R(0.3) * d_z * maximum(R(1) - magnitude(a_z), splat(R(0))) / theta;
            const vec d_a_v = -d_v * vexpm1(-R(1) / tau);
            const vec d_v_prev = d_v * vrate(-R(1) / tau);
            put(Q_d_v, d_v);
            put(Q_d_a_v, d_a_v);
            put(Q_d_v_prev, d_v_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec theta = fixed(Q_theta);
        for (long row = 0; row < rows; row++) {
            const vec a_29_ = get(Q_a_29_);
            const vec d_v = get(Q_d_v);
            const vec d_z_prev = a_29_ - d_v * theta;
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "tau",
    "theta",
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
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_v, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_v, Q_z_prev}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_z_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_a_29_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "lif",
    .quantities = 18,
    .forward_quantities = 8,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 2,
    .packs = 4,
    .buffers = 3,
    .fixed = 2,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 0,
    .sums = 0,
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
