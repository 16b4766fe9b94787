/* Of light_ru.py as it was written, SHA-256 7e438196293d12eb8ff05590345eea636db8e8f403513af0dc7ead5656360dd1 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Light recurrent unit. One time step:
 *
 *     h̃ₜ = tanh(W_ih_tilde xₜ + b_ih_tilde)
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     hₜ = (1 − fₜ) ⊙ hₜ₋₁ + fₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_h_tilde_,
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_h_tilde,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_a_33_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_h_tilde,
    Q_d_a_f,
    Q_d_h,
    Q_d_bias_ih,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_h_tilde_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_h_tilde_},
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_h_tilde},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_h_tilde},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_33_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_33_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h_tilde},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_h_tilde = get(Q_a_h_tilde_);
            const vec h_tilde = vtanh(a_h_tilde);
            const vec a_f = get(Q_a_x_);
            const vec f = vsigmoid(a_f);
            const vec h = (R(1) - f) * h_prev + f * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_h_tilde, h_tilde);
                put(Q_f, f);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih = splat(0);
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec f = get(Q_f);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_f = f * (R(1) - f) * d_h * (h_tilde - h_prev);
            const vec d_h_tilde = d_h * f;
            const vec d_a_h_tilde = d_h_tilde * (R(1) - power(h_tilde, 2));
            d_bias_ih += d_a_h_tilde;
            d_bias += d_a_f;
            put(Q_d_h, d_h);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_h_tilde, d_a_h_tilde);
        }
        add(Q_d_bias_ih, d_bias_ih);
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec f = get(Q_f);
            const vec a_33_ = get(Q_a_33_);
            const vec d_h_prev = d_h * (R(1) - f) + a_33_;
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 1, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_h_tilde_, Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_33_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 4, -1, 0, 2, (const short[]){Q_d_a_h_tilde, Q_d_a_f}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "light_ru",
    .quantities = 18,
    .forward_quantities = 7,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 5,
    .buffers = 4,
    .fixed = 0,
    .biases = 2,
    .early = 2,
    .outers = 2,
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
