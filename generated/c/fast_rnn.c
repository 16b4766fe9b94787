/* Of fast_rnn.py as it was written, SHA-256 0f7badd7466e85e11fdf7da233c974149d580a059b3df7b9313845073ad39652 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * FastRNN. One time step:
 *
 *     h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde hₜ₋₁ + b_h_tilde)
 *     hₜ = σ(α) h̃ₜ + σ(β) hₜ₋₁
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_h_tilde,
    Q_alpha,
    Q_beta,
    Q_sigmoid_alpha,
    Q_sigmoid_beta,
    Q_d_h_later,
    Q_d_y,
    Q_a_34_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_a_22,
    Q_a_24,
    Q_d_sigmoid_beta,
    Q_d_sigmoid_alpha,
    Q_d_bias,
    Q_d_alpha,
    Q_d_beta
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_h_tilde},
    [Q_alpha] = {FIXED, ONE, 0, 0, 0, Q_alpha},
    [Q_beta] = {FIXED, ONE, 0, 1, 0, Q_beta},
    [Q_sigmoid_alpha] = {FIXED, ONE, 0, 2, 0, Q_sigmoid_alpha},
    [Q_sigmoid_beta] = {FIXED, ONE, 0, 3, 0, Q_sigmoid_beta},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_34_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_34_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_a_22] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_24] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_sigmoid_beta] = {PANEL, ONE, 0, 0, 0, Q_d_sigmoid_beta},
    [Q_d_sigmoid_alpha] = {PANEL, ONE, 0, 1, 0, Q_d_sigmoid_beta},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_alpha] = {SUM, ONE, 0, 1, 0, Q_d_alpha},
    [Q_d_beta] = {SUM, ONE, 0, 2, 0, Q_d_beta},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        const vec beta = fixed(Q_beta);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_alpha = vsigmoid(alpha);
            const vec sigmoid_beta = vsigmoid(beta);
            put(Q_sigmoid_alpha, sigmoid_alpha);
            put(Q_sigmoid_beta, sigmoid_beta);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_alpha = fixed(Q_sigmoid_alpha);
        const vec sigmoid_beta = fixed(Q_sigmoid_beta);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_h_tilde = get(Q_a_x_);
            const vec h_tilde = vtanh(a_h_tilde);
            const vec h = sigmoid_alpha * h_tilde + sigmoid_beta * h_prev;
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
        const vec sigmoid_alpha = fixed(Q_sigmoid_alpha);
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h_prev = get(Q_h_prev);
            const vec h_tilde = get(Q_h_tilde);
            const vec d_h = d_h_later + d_y;
            const vec a_22 = d_h * h_prev;
            const vec a_24 = d_h * h_tilde;
            const vec d_a_h_tilde = d_h * sigmoid_alpha * (R(1) - power(h_tilde, 2));
            d_bias += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_a_22, a_22);
            put(Q_a_24, a_24);
            put(Q_d_a_h_tilde, d_a_h_tilde);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of numbers. */
static void back_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_alpha = fixed(Q_sigmoid_alpha);
        const vec sigmoid_beta = fixed(Q_sigmoid_beta);
        vec d_alpha = splat(0);
        vec d_beta = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_sigmoid_alpha = get(Q_d_sigmoid_alpha);
            const vec d_sigmoid_beta = get(Q_d_sigmoid_beta);
            d_alpha += d_sigmoid_alpha * sigmoid_alpha * (R(1) - sigmoid_alpha);
            d_beta += d_sigmoid_beta * sigmoid_beta * (R(1) - sigmoid_beta);
        }
        add(Q_d_alpha, d_alpha);
        add(Q_d_beta, d_beta);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_beta = fixed(Q_sigmoid_beta);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec a_34_ = get(Q_a_34_);
            const vec d_h_prev = d_h * sigmoid_beta + a_34_;
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
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"alpha", ONE, ONE, ONE, 1, 0, 0},
    {"beta", ONE, ONE, ONE, 1, 0, 0},
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
    {OF_TENSOR, ONE, 3, 0},
    {OF_TENSOR, ONE, 4, 0},
    {COMPUTED, ONE, 0, 0},
    {COMPUTED, ONE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, ONE, 1, 0},
    {4, 0, 2, ONE, 1, 0},
};

static const Group parameter_groups[] = {
    {ONE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 3, (const Reduction[]){{SUM_OF, Q_d_sigmoid_beta, 1, (const short[]){Q_a_22}, 0, 0}, {SUM_OF, Q_d_sigmoid_alpha, 1, (const short[]){Q_a_24}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_a_34_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "fast_rnn",
    .quantities = 24,
    .forward_quantities = 9,
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
    .waits = 1,
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
