/* Of min_lstm_log.py as it was written, SHA-256 4490402476718eba1e70de65c63737f879b78fdae0e37b43a57c1f2c1ab2064e */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * minLSTM in log space. One time step:
 *
 *     fₜ = σ(W_if xₜ + b_if)
 *     iₜ = σ(W_ii xₜ + b_ii)
 *     aₜ = W_ia xₜ + b_ia
 *     h̃ₜ = {aₜ + 1/2 if aₜ ≥ 0; σ(aₜ) otherwise}
 *     hₜ = fₜ ⊙ hₜ₋₁/(fₜ + iₜ) + iₜ ⊙ h̃ₜ/(fₜ + iₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_f_,
    Q_a_i_,
    Q_a_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a_f,
    Q_a_i,
    Q_a,
    Q_sigmoid_a,
    Q_h_tilde,
    Q_sigmoid_h,
    Q_sigmoid_h2,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_a_i,
    Q_d_a,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2
};

static const Quantity quantities[] = {
    [Q_a_f_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_f_},
    [Q_a_i_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_f_},
    [Q_a_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_f_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_f] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_f},
    [Q_a_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_f},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_f},
    [Q_sigmoid_a] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_f},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_f},
    [Q_sigmoid_h] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_a_f},
    [Q_sigmoid_h2] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_a_f},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i},
    [Q_d_a] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_f = get(Q_a_f_);
            const vec a_i = get(Q_a_i_);
            const vec a = get(Q_a_);
            const vec sigmoid_a = vsigmoid(a);
            const vec h_tilde = where(a >= splat(R(0)), a + R(0.5), sigmoid_a);
            const vec sigmoid_h = vsigmoid(vsoftplus(-a_i) - vsoftplus(-a_f));
            const vec sigmoid_h2 = vsigmoid(vsoftplus(-a_f) - vsoftplus(-a_i));
            const vec h = sigmoid_h * h_prev + sigmoid_h2 * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_a_f, a_f);
                put(Q_a_i, a_i);
                put(Q_a, a);
                put(Q_sigmoid_a, sigmoid_a);
                put(Q_h_tilde, h_tilde);
                put(Q_sigmoid_h, sigmoid_h);
                put(Q_sigmoid_h2, sigmoid_h2);
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
        vec d_bias_ih_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec sigmoid_h2 = get(Q_sigmoid_h2);
            const vec h_tilde = get(Q_h_tilde);
            const vec sigmoid_h = get(Q_sigmoid_h);
            const vec h_prev = get(Q_h_prev);
            const vec a = get(Q_a);
            const vec sigmoid_a = get(Q_sigmoid_a);
            const vec a_i = get(Q_a_i);
            const vec a_f = get(Q_a_f);
            const vec d_h = d_h_later + d_y;
            const vec d_a_sigmoid_h2 = sigmoid_h2 * (R(1) - sigmoid_h2) * d_h * h_tilde;
            const vec d_a_sigmoid_h = sigmoid_h * (R(1) - sigmoid_h) * d_h * h_prev;
            const vec d_h_tilde = d_h * sigmoid_h2;
            const vec d_a = d_h_tilde * (where(a >= splat(R(0)), splat(R(0)), splat(R(1))) * sigmoid_a * (R(1) - sigmoid_a) + where(a >= splat(R(0)), splat(R(1)), splat(R(0))));
            const vec d_a_i = d_a_sigmoid_h2 * vsigmoid(-a_i) - d_a_sigmoid_h * vsigmoid(-a_i);
            const vec d_a_f = d_a_sigmoid_h * vsigmoid(-a_f) - d_a_sigmoid_h2 * vsigmoid(-a_f);
            const vec d_h_prev = d_h * sigmoid_h;
            d_bias_ih_0 += d_a_f;
            d_bias_ih_1 += d_a_i;
            d_bias_ih_2 += d_a;
            put(Q_d_a, d_a);
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_f, d_a_f);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
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
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_f_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 3, (const short[]){Q_d_a_f, Q_d_a_i, Q_d_a}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "min_lstm_log",
    .quantities = 24,
    .forward_quantities = 13,
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
    .totals = 3,
    .sums = 3,
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
