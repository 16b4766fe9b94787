/* Of gilr.py as it was written, SHA-256 a9150d5cca8bb8191f9ba9b1c9d0b43a78cc69286221cbf4d95da65e0c79fecb */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Gated impulse linear recurrent layer. One time step:
 *
 *     gₜ = σ(W_ig xₜ + b_ig)
 *     iₜ = tanh(W_ii xₜ + b_ii)
 *     hₜ = gₜ ⊙ hₜ₋₁ + (1 − gₜ) ⊙ iₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_g_,
    Q_a_i_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_g,
    Q_i,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_g,
    Q_d_a_i,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1
};

static const Quantity quantities[] = {
    [Q_a_g_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_g_},
    [Q_a_i_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_g_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_g},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_g = get(Q_a_g_);
            const vec a_i = get(Q_a_i_);
            const vec g = vsigmoid(a_g);
            const vec i = vtanh(a_i);
            const vec h = g * h_prev + (R(1) - g) * i;
            put(Q_h, h);
            if (keep) {
                put(Q_g, g);
                put(Q_i, i);
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
            const vec g = get(Q_g);
            const vec i = get(Q_i);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_i = d_h * (R(1) - g);
            const vec d_a_i = d_i * (R(1) - power(i, 2));
            const vec d_a_g = g * (R(1) - g) * d_h * (h_prev - i);
            const vec d_h_prev = d_h * g;
            d_bias_ih_0 += d_a_g;
            d_bias_ih_1 += d_a_i;
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_g, d_a_g);
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
    {HIDDEN_SIZE, 1, 1},
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
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_g, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_g_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 2, (const short[]){Q_d_a_g, Q_d_a_i}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gilr",
    .quantities = 16,
    .forward_quantities = 7,
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
