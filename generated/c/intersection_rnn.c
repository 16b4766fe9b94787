/* Of intersection_rnn.py as it was written, SHA-256 a4cee7a34e4426b1f7ba80541ec7eece48b01244b670f1262ff97f038dbed440 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Intersection recurrent network. One time step:
 *
 *     y_inₜ = ReLU(W_iy_in xₜ + W_hy_in hₜ₋₁ + b_y_in)
 *     h_inₜ = tanh(W_ih_in xₜ + W_hh_in hₜ₋₁ + b_h_in)
 *      g_yₜ = σ(W_ig_y xₜ + W_hg_y hₜ₋₁ + b_g_y)
 *      g_hₜ = σ(W_ig_h xₜ + W_hg_h hₜ₋₁ + b_g_h)
 *        yₜ = g_yₜ ⊙ (W_skip xₜ) + (1 − g_yₜ) ⊙ y_inₜ
 *        hₜ = g_hₜ ⊙ hₜ₋₁ + (1 − g_hₜ) ⊙ h_inₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_a_y_,
    Q_x,
    Q_h_prev,
    Q_y,
    Q_h,
    Q_a_y,
    Q_y_in,
    Q_h_in,
    Q_g_y,
    Q_g_h,
    Q_d_y_later,
    Q_d_y2,
    Q_d_h_later,
    Q_a_72_,
    Q_a_73_,
    Q_d_y_prev,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_y_in,
    Q_d_a_h_in,
    Q_d_a_g_y,
    Q_d_a_g_h,
    Q_d_a_y,
    Q_d_h,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_a_y_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_y_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_h_prev},
    [Q_y] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_y},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_h},
    [Q_a_y] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_y},
    [Q_y_in] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_y},
    [Q_h_in] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_y},
    [Q_g_y] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_y},
    [Q_g_h] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_y},
    [Q_d_y_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_h_later},
    [Q_a_72_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_72_},
    [Q_a_73_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_a_73_},
    [Q_d_y_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_prev},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_y_in] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_y_in},
    [Q_d_a_h_in] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h_in},
    [Q_d_a_g_y] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g_y},
    [Q_d_a_g_h] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_g_h},
    [Q_d_a_y] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_y},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_y = get(Q_a_y_);
            const vec a_y_in = get(Q_a_x_0_);
            const vec a_h_in = get(Q_a_x_1_);
            const vec a_g_y = get(Q_a_x_2_);
            const vec a_g_h = get(Q_a_x_3_);
            const vec y_in = maximum(a_y_in, splat(R(0)));
            const vec h_in = vtanh(a_h_in);
            const vec g_y = vsigmoid(a_g_y);
            const vec g_h = vsigmoid(a_g_h);
            const vec y = g_y * a_y + (R(1) - g_y) * y_in;
            const vec h = g_h * h_prev + (R(1) - g_h) * h_in;
            put(Q_y, y);
            put(Q_h, h);
            if (keep) {
                put(Q_a_y, a_y);
                put(Q_y_in, y_in);
                put(Q_h_in, h_in);
                put(Q_g_y, g_y);
                put(Q_g_h, g_h);
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
        vec d_bias_2 = splat(0);
        vec d_bias_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_y2 = get(Q_d_y2);
            const vec d_y_later = get(Q_d_y_later);
            const vec g_y = get(Q_g_y);
            const vec g_h = get(Q_g_h);
            const vec h_prev = get(Q_h_prev);
            const vec h_in = get(Q_h_in);
            const vec a_y = get(Q_a_y);
            const vec y_in = get(Q_y_in);
            const vec d_y = d_y2 + d_y_later;
            const vec d_h = get(Q_d_h_later);
            const vec d_a_y = d_y * g_y;
            const vec d_a_g_h = g_h * (R(1) - g_h) * d_h * (h_prev - h_in);
            const vec d_a_g_y = g_y * (R(1) - g_y) * d_y * (a_y - y_in);
            const vec d_a_h_in = d_h * (R(1) - g_h) * (R(1) - power(h_in, 2));
            const vec d_a_y_in = where(y_in > splat(R(0)), d_y * (R(1) - g_y), splat(R(0)));
            const vec d_y_prev = splat(R(0));
            d_bias_0 += d_a_y_in;
            d_bias_1 += d_a_h_in;
            d_bias_2 += d_a_g_y;
            d_bias_3 += d_a_g_h;
            put(Q_d_h, d_h);
            put(Q_d_a_y, d_a_y);
            put(Q_d_a_g_h, d_a_g_h);
            put(Q_d_a_g_y, d_a_g_y);
            put(Q_d_a_h_in, d_a_h_in);
            put(Q_d_a_y_in, d_a_y_in);
            put(Q_d_y_prev, d_y_prev);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
        add(Q_d_bias_3, d_bias_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec g_h = get(Q_g_h);
            const vec a_72_ = get(Q_a_72_);
            const vec d_h_prev = d_h * g_h + a_72_;
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
            const vec d_x = get(Q_a_73_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_skip", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_y_in, Q_x}}},
    {1, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_y_in, Q_h_prev}}},
    {3, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_y, Q_x}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
    {2, 2, 2, HIDDEN_SIZE, 0, 0},
    {2, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{0, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_y_, Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_y_in, Q_d_a_h_in, Q_d_a_g_y, Q_d_a_g_h}}}, (const short[]){Q_a_72_}, back_2}, {INPUT_SIZE, 1, 2, 1, (const Product[]){{3, 4, -1, 0, 4, (const short[]){Q_d_a_y_in, Q_d_a_h_in, Q_d_a_g_y, Q_d_a_g_h}}, {3, 5, -1, 1, 1, (const short[]){Q_d_a_y}}}, (const short[]){Q_a_73_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "intersection_rnn",
    .quantities = 32,
    .forward_quantities = 14,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 6,
    .buffers = 4,
    .fixed = 0,
    .biases = 1,
    .early = 2,
    .outers = 3,
    .totals = 4,
    .sums = 4,
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
