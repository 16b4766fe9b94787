/* Of ugrnn.py as it was written, SHA-256 483aeb3a38d51dec7b95c93531d3f8aa91dc67fadc62df6cadf331d9b1338783 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Update gate recurrent network. One time step:
 *
 *     cₜ = tanh(W_ic xₜ + W_hc hₜ₋₁ + b_c)
 *     gₜ = σ(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *     hₜ = gₜ ⊙ hₜ₋₁ + (1 − gₜ) ⊙ cₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_c,
    Q_g,
    Q_d_h_later,
    Q_d_y,
    Q_a_40_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_c,
    Q_d_a_g,
    Q_d_h,
    Q_d_bias_0,
    Q_d_bias_1
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_c},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_c},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_40_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_40_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_c] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_c},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_g},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_c = get(Q_a_x_0_);
            const vec a_g = get(Q_a_x_1_);
            const vec c = vtanh(a_c);
            const vec g = vsigmoid(a_g);
            const vec h = g * h_prev + (R(1) - g) * c;
            put(Q_h, h);
            if (keep) {
                put(Q_c, c);
                put(Q_g, g);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec g = get(Q_g);
            const vec h_prev = get(Q_h_prev);
            const vec c = get(Q_c);
            const vec d_h = d_h_later + d_y;
            const vec d_a_g = g * (R(1) - g) * d_h * (h_prev - c);
            const vec d_a_c = d_h * (R(1) - g) * (R(1) - power(c, 2));
            d_bias_0 += d_a_c;
            d_bias_1 += d_a_g;
            put(Q_d_h, d_h);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_c, d_a_c);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec g = get(Q_g);
            const vec a_40_ = get(Q_a_40_);
            const vec d_h_prev = d_h * g + a_40_;
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
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
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
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_c, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_c, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 2, (const short[]){Q_d_a_c, Q_d_a_g}}}, (const short[]){Q_a_40_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 2, (const short[]){Q_d_a_c, Q_d_a_g}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "ugrnn",
    .quantities = 18,
    .forward_quantities = 7,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 0,
    .biases = 1,
    .early = 1,
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
