/* Of sgrn.py as it was written, SHA-256 52bda8cfc77928f0eff4965d2b62ad94e4e6b10c4cb0084937408cf1918ec16d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Simple gated recurrent network. One time step:
 *
 *     uₜ = W_iu xₜ + b_iu
 *     fₜ = σ(uₜ + W_hf hₜ₋₁)
 *     hₜ = tanh((1 − fₜ) ⊙ uₜ + fₜ ⊙ hₜ₋₁)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_,
    Q_a_f_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_u,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_a_23_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_u,
    Q_d_a_f,
    Q_d_a_h,
    Q_d_bias_ih
};

static const Quantity quantities[] = {
    [Q_u_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_u_},
    [Q_a_f_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_f_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_u},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_23_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_23_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_u},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_a_h},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec u = get(Q_u_);
            const vec a_f = get(Q_a_f_);
            const vec f = vsigmoid(u + a_f);
            const vec h = vtanh((R(1) - f) * u + f * h_prev);
            put(Q_h, h);
            if (keep) {
                put(Q_u, u);
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
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec f = get(Q_f);
            const vec h_prev = get(Q_h_prev);
            const vec u = get(Q_u);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            const vec d_a_f = f * (R(1) - f) * d_a_h * (h_prev - u);
            const vec d_u = d_a_f + d_a_h * (R(1) - f);
            d_bias_ih += d_u;
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_f, d_a_f);
            put(Q_d_u, d_u);
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
            const vec d_a_h = get(Q_d_a_h);
            const vec f = get(Q_f);
            const vec a_23_ = get(Q_a_23_);
            const vec d_h_prev = d_a_h * f + a_23_;
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
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
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_u, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_u_, Q_a_f_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_23_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "sgrn",
    .quantities = 17,
    .forward_quantities = 7,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 0,
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
