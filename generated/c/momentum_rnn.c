/* Of momentum_rnn.py as it was written, SHA-256 8ffc51a66004f08bbc5b9385d055fd9ff59f1035986b0030801b6fec427f112e */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * MomentumRNN. One time step:
 *
 *     vₜ = μ vₜ₋₁ + ε (W_iv xₜ + b_iv)
 *     hₜ = tanh(W_hh hₜ₋₁ + vₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_v_,
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_v_prev,
    Q_h,
    Q_v,
    Q_mu,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y,
    Q_d_v_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_v_prev,
    Q_d_x,
    Q_d_a_v,
    Q_d_a_h,
    Q_d_bias_ih
};

static const Quantity quantities[] = {
    [Q_a_v_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_v_},
    [Q_a_h_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_v_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_v_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_v] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_v},
    [Q_mu] = {FIXED, ONE, 0, 0, 0, Q_mu},
    [Q_epsilon] = {FIXED, ONE, 0, 1, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_v_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_v_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_v_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_v] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_v},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec mu = fixed(Q_mu);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec v_prev = get(Q_v_prev);
            const vec a_v = get(Q_a_v_);
            const vec v = mu * v_prev + epsilon * a_v;
            const vec a_h = get(Q_a_h_);
            const vec h = vtanh(a_h + v);
            put(Q_v, v);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        const vec mu = fixed(Q_mu);
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec d_h = d_h_later + d_y;
            const vec d_v_next = get(Q_d_v_later);
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            const vec d_v = d_v_next + d_a_h;
            const vec d_a_v = d_v * epsilon;
            const vec d_v_prev = d_v * mu;
            d_bias_ih += d_a_v;
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_v, d_a_v);
            put(Q_d_v_prev, d_v_prev);
        }
        add(Q_d_bias_ih, d_bias_ih);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
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
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "mu",
    "epsilon",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
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
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_v, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_v_, Q_a_h_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "momentum_rnn",
    .quantities = 20,
    .forward_quantities = 9,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 2,
    .packs = 4,
    .buffers = 4,
    .fixed = 2,
    .biases = 1,
    .early = 1,
    .outers = 2,
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
