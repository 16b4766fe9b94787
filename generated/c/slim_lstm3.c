/* Of slim_lstm3.py as it was written, SHA-256 61d8f77430d13b4d567ee659f10e3eb0636b70f4057a9981e6ad536ffcf55d53 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Slim LSTM 3: gates of the bias alone. One time step:
 *
 *      i = σ(b_i)
 *      f = σ(b_f)
 *     gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *      o = σ(b_o)
 *     cₜ = f ⊙ cₜ₋₁ + i ⊙ gₜ
 *     hₜ = o ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_g,
    Q_tanh_c,
    Q_b_i,
    Q_b_f,
    Q_b_o,
    Q_i,
    Q_f,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_g,
    Q_d_bias,
    Q_d_b_i,
    Q_d_b_f,
    Q_d_b_o
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g},
    [Q_b_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_i},
    [Q_b_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_f},
    [Q_b_o] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_b_o},
    [Q_i] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_i},
    [Q_f] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_f},
    [Q_o] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_g},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_b_i] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_b_i},
    [Q_d_b_f] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_b_f},
    [Q_d_b_o] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_b_o},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_i = fixed(Q_b_i);
        const vec b_f = fixed(Q_b_f);
        const vec b_o = fixed(Q_b_o);
        for (long row = 0; row < rows; row++) {
            const vec i = vsigmoid(b_i);
            const vec f = vsigmoid(b_f);
            const vec o = vsigmoid(b_o);
            put(Q_i, i);
            put(Q_f, f);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec f = fixed(Q_f);
        const vec i = fixed(Q_i);
        const vec o = fixed(Q_o);
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_g = get(Q_a_x_);
            const vec g = vtanh(a_g);
            const vec c = f * c_prev + i * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_g, g);
                put(Q_tanh_c, tanh_c);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec o = fixed(Q_o);
        const vec i = fixed(Q_i);
        const vec f = fixed(Q_f);
        vec d_bias = splat(0);
        vec d_b_i = splat(0);
        vec d_b_f = splat(0);
        vec d_b_o = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_c = get(Q_tanh_c);
            const vec g = get(Q_g);
            const vec c_prev = get(Q_c_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_o = d_h * tanh_c;
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_f = d_c * c_prev;
            const vec d_i = d_c * g;
            const vec d_c_prev = d_c * f;
            d_bias += d_a_g;
            d_b_i += d_i * i * (R(1) - i);
            d_b_f += d_f * f * (R(1) - f);
            d_b_o += d_o * o * (R(1) - o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias, d_bias);
        add(Q_d_b_i, d_b_i);
        add(Q_d_b_f, d_b_f);
        add(Q_d_b_o, d_b_o);
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
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
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
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_g, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 2, HIDDEN_SIZE, 0, 0},
    {5, 0, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_g}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_g}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "slim_lstm3",
    .quantities = 27,
    .forward_quantities = 14,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 6,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 6,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 4,
    .sums = 4,
    .reads_input = 0,
    .waits = 0,
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
