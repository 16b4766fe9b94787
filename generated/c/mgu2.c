/* Of mgu2.py as it was written, SHA-256 151916cea0a3c7b685f51805e0838544c6f54156b0786824784acd8f23951799 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Minimal gated unit 2: gate of the hidden state alone. One time step:
 *
 *      fₜ = σ(W_hf hₜ₋₁)
 *     fhₜ = fₜ ⊙ hₜ₋₁
 *      h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde fhₜ + b_h_tilde)
 *      hₜ = (1 − fₜ) ⊙ hₜ₋₁ + fₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_a_f_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_f,
    Q_fh,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_fh_,
    Q_a_33_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_factor,
    Q_d_fh,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_a_f_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_f_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_f},
    [Q_fh] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_fh},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_f},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_fh_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_fh_},
    [Q_a_33_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_33_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_factor] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_fh] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_f = get(Q_a_f_);
            const vec f = vsigmoid(a_f);
            const vec fh = f * h_prev;
            put(Q_f, f);
            put(Q_fh, fh);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec f = get(Q_f);
            const vec h_prev = get(Q_h_prev);
            const vec a_h_tilde = get(Q_a_x_);
            const vec h_tilde = vtanh(a_h_tilde);
            const vec h = (R(1) - f) * h_prev + f * h_tilde;
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
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec f = get(Q_f);
            const vec h_tilde = get(Q_h_tilde);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * f * (R(1) - power(h_tilde, 2));
            const vec factor = f * (R(1) - f);
            d_bias += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
            put(Q_factor, factor);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec factor = get(Q_factor);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = get(Q_d_h);
            const vec h_tilde = get(Q_h_tilde);
            const vec d_fh = get(Q_d_fh_);
            const vec d_a_f = factor * d_fh * h_prev + factor * d_h * (h_tilde - h_prev);
            put(Q_d_fh, d_fh);
            put(Q_d_a_f, d_a_f);
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

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_fh = get(Q_d_fh);
            const vec f = get(Q_f);
            const vec d_h = get(Q_d_h);
            const vec a_33_ = get(Q_a_33_);
            const vec d_h_prev = d_fh * f + d_h * (R(1) - f) + a_33_;
            put(Q_d_h_prev, d_h_prev);
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
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {1, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 1, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 1, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
    {0, 1, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_fh}}},
    {1, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_x}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_f_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 2, -1, 1, 1, (const short[]){Q_fh}}}, (const short[]){Q_a_x_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_fh_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 5, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_33_}, back_3}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "mgu2",
    .quantities = 21,
    .forward_quantities = 8,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 1,
    .sums = 1,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
    .backward_stages = 3,
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
