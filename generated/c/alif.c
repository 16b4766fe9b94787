/* Of alif.py as it was written, SHA-256 5c8516374e2b41a6508c173e606b8ddc944ba25f5d2c70b7a682382c9fba824e */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Adaptive leaky integrate-and-fire neurons. One time step:
 *
 *      α = exp(−1/τ)
 *      ρ = exp(−1/τ_b)
 *     bₜ = ρ bₜ₋₁ + (1 − ρ) zₜ₋₁
 *     Aₜ = θ + β bₜ
 *     vₜ = α vₜ₋₁ + (1 − α) (W_iv xₜ + W_hv zₜ₋₁) − Aₜ ⊙ zₜ₋₁
 *     zₜ = Θ((vₜ − Aₜ)/θ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_z_prev,
    Q_v_prev,
    Q_b_prev,
    Q_z,
    Q_v,
    Q_b,
    Q_A,
    Q_tau,
    Q_tau_b,
    Q_beta,
    Q_theta,
    Q_d_z_later,
    Q_d_y,
    Q_d_v_later,
    Q_d_b_later,
    Q_a_43_,
    Q_d_x_,
    Q_d_z_prev,
    Q_d_v_prev,
    Q_d_b_prev,
    Q_d_x,
    Q_d_a_v,
    Q_d_v,
    Q_d_b
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_z_prev},
    [Q_v_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_v_prev},
    [Q_b_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_b_prev},
    [Q_z] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_z},
    [Q_v] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_v},
    [Q_b] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_b},
    [Q_A] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_A},
    [Q_tau] = {FIXED, ONE, 0, 0, 0, Q_tau},
    [Q_tau_b] = {FIXED, ONE, 0, 1, 0, Q_tau_b},
    [Q_beta] = {FIXED, ONE, 0, 2, 0, Q_beta},
    [Q_theta] = {FIXED, ONE, 0, 3, 0, Q_theta},
    [Q_d_z_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_z_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_v_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_later},
    [Q_d_b_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_b_later},
    [Q_a_43_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_43_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_z_prev},
    [Q_d_v_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_prev},
    [Q_d_b_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_b_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_v] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_v},
    [Q_d_v] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_v},
    [Q_d_b] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_v},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec tau_b = fixed(Q_tau_b);
        const vec theta = fixed(Q_theta);
        const vec beta = fixed(Q_beta);
        const vec tau = fixed(Q_tau);
        for (long row = 0; row < rows; row++) {
            const vec b_prev = get(Q_b_prev);
            const vec z_prev = get(Q_z_prev);
            const vec v_prev = get(Q_v_prev);
            const vec b = vrate(-R(1) / tau_b) * b_prev + (-vexpm1(-R(1) / tau_b)) * z_prev;
            const vec A = theta + beta * b;
            const vec a_v = get(Q_a_x_);
            const vec v = vrate(-R(1) / tau) * v_prev + (-vexpm1(-R(1) / tau)) * a_v - A * z_prev;
            const vec z = where((v - A) / theta > splat(R(0)), splat(R(1)), splat(R(0)));
            put(Q_b, b);
            put(Q_v, v);
            put(Q_z, z);
            if (keep) {
                put(Q_A, A);
            }
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
        const vec beta = fixed(Q_beta);
        const vec tau_b = fixed(Q_tau_b);
        for (long row = 0; row < rows; row++) {
            const vec d_y = get(Q_d_y);
            const vec d_z_later = get(Q_d_z_later);
            const vec v = get(Q_v);
            const vec A = get(Q_A);
            const vec z_prev = get(Q_z_prev);
            const vec d_z = d_y + d_z_later;
            const vec d_v_next = get(Q_d_v_later);
            const vec d_b_next = get(Q_d_b_later);
            const vec a_z = (v - A) / theta;
            const vec d_a_z = R(0.3) * d_z * maximum(R(1) - magnitude(a_z), splat(R(0)));
            const vec d_v = d_v_next + d_a_z / theta;
            const vec d_a_v = -d_v * vexpm1(-R(1) / tau);
            const vec d_A = -d_v * z_prev - d_a_z / theta;
            const vec d_b = d_b_next + d_A * beta;
            const vec d_v_prev = d_v * vrate(-R(1) / tau);
            const vec d_b_prev = d_b * vrate(-R(1) / tau_b);
            put(Q_d_v, d_v);
            put(Q_d_a_v, d_a_v);
            put(Q_d_b, d_b);
            put(Q_d_v_prev, d_v_prev);
            put(Q_d_b_prev, d_b_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec tau_b = fixed(Q_tau_b);
        for (long row = 0; row < rows; row++) {
            const vec a_43_ = get(Q_a_43_);
            const vec d_v = get(Q_d_v);
            const vec A = get(Q_A);
            const vec d_b = get(Q_d_b);
            const vec d_z_prev = a_43_ - d_v * A - d_b * vexpm1(-R(1) / tau_b);
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
    "tau_b",
    "beta",
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
    {OF_CONSTANT, ONE, 2, 0},
    {OF_CONSTANT, ONE, 3, 0},
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
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_a_43_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "alif",
    .quantities = 26,
    .forward_quantities = 13,
    .states = 3,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 4,
    .packs = 4,
    .buffers = 3,
    .fixed = 4,
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
