/* Of mgu.py as it was written, SHA-256 c1f1bce3e555d254474303163038404a774481e038734e5c0404a7788e74e59d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Minimal gated unit. One time step:
 *
 *      fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     fhₜ = fₜ ⊙ hₜ₋₁
 *      h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde fhₜ + b_h_tilde)
 *      hₜ = (1 − fₜ) ⊙ hₜ₋₁ + fₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_if_,
    Q_a_ih_tilde_,
    Q_a_hf_,
    Q_a_hh_tilde_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a_ih_tilde,
    Q_f,
    Q_fh,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_fh_,
    Q_a_40_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_factor,
    Q_d_fh,
    Q_d_bias_1,
    Q_d_bias_0
};

static const Quantity quantities[] = {
    [Q_a_if_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_if_},
    [Q_a_ih_tilde_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_if_},
    [Q_a_hf_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hf_},
    [Q_a_hh_tilde_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_hh_tilde_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_ih_tilde] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ih_tilde},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_f},
    [Q_fh] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_fh},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_f},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_fh_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_fh_},
    [Q_a_40_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_40_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_ih_tilde},
    [Q_factor] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_ih_tilde},
    [Q_d_fh] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_ih_tilde},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_1},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_0},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_if = get(Q_a_if_);
            const vec a_ih_tilde = get(Q_a_ih_tilde_);
            const vec a_hf = get(Q_a_hf_);
            const vec f = vsigmoid(a_if + a_hf);
            const vec fh = f * h_prev;
            put(Q_a_ih_tilde, a_ih_tilde);
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
            const vec a_ih_tilde = get(Q_a_ih_tilde);
            const vec f = get(Q_f);
            const vec h_prev = get(Q_h_prev);
            const vec a_hh_tilde = get(Q_a_hh_tilde_);
            const vec h_tilde = vtanh(a_ih_tilde + a_hh_tilde);
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
        vec d_bias_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec f = get(Q_f);
            const vec h_tilde = get(Q_h_tilde);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * f * (R(1) - power(h_tilde, 2));
            const vec factor = f * (R(1) - f);
            d_bias_1 += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
            put(Q_factor, factor);
        }
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec factor = get(Q_factor);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = get(Q_d_h);
            const vec h_tilde = get(Q_h_tilde);
            const vec d_fh = get(Q_d_fh_);
            const vec d_a_f = factor * d_fh * h_prev + factor * d_h * (h_tilde - h_prev);
            d_bias_0 += d_a_f;
            put(Q_d_fh, d_fh);
            put(Q_d_a_f, d_a_f);
        }
        add(Q_d_bias_0, d_bias_0);
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
            const vec a_40_ = get(Q_a_40_);
            const vec d_h_prev = d_fh * f + d_h * (R(1) - f) + a_40_;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 1, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 1, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
    {1, 1, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_fh}}},
};

static const Total totals[] = {
    {2, 0, 1, HIDDEN_SIZE, 0, 0},
    {2, 1, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_if_, Q_a_hf_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_fh}}}, (const short[]){Q_a_hh_tilde_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_fh_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_40_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_a_f, Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "mgu",
    .quantities = 25,
    .forward_quantities = 11,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 2,
    .sums = 2,
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
