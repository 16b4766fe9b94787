/* Of min_gru_log.py as it was written, SHA-256 330bafa65f729872d1833b435950851236e7ff1810dd971f8c462f8fd47a4067 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * minGRU in log space. One time step:
 *
 *     zₜ = σ(W_iz xₜ + b_iz)
 *     aₜ = W_ia xₜ + b_ia
 *     h̃ₜ = {aₜ + 1/2 if aₜ ≥ 0; σ(aₜ) otherwise}
 *     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a,
    Q_z,
    Q_sigmoid_a,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_z_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a},
    [Q_sigmoid_a] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_z_);
            const vec a = get(Q_a_);
            const vec z = vsigmoid(a_z);
            const vec sigmoid_a = vsigmoid(a);
            const vec h_tilde = where(a >= splat(R(0)), a + R(0.5), sigmoid_a);
            const vec h = (R(1) - z) * h_prev + z * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_a, a);
                put(Q_z, z);
                put(Q_sigmoid_a, sigmoid_a);
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
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec a = get(Q_a);
            const vec sigmoid_a = get(Q_sigmoid_a);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_h_tilde = d_h * z;
            const vec d_a = d_h_tilde * (where(a >= splat(R(0)), splat(R(0)), splat(R(1))) * sigmoid_a * (R(1) - sigmoid_a) + where(a >= splat(R(0)), splat(R(1)), splat(R(0))));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_tilde - h_prev);
            const vec d_h_prev = d_h * (R(1) - z);
            d_bias_ih_0 += d_a_z;
            d_bias_ih_1 += d_a;
            put(Q_d_a, d_a);
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_z_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 2, (const short[]){Q_d_a_z, Q_d_a}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "min_gru_log",
    .quantities = 18,
    .forward_quantities = 9,
    .states = 1,
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
