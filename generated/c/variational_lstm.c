/* Of variational_lstm.py as it was written, SHA-256 82805c5d2e4ebd94269699d6a19396f577f4d606cfafe0d86d49f4db5f2b3c3c */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM with variational dropout. One time step:
 *
 *     x_mₜ = m_x ⊙ xₜ/keep_x
 *     h_mₜ = m_h ⊙ hₜ₋₁/keep_h
 *       iₜ = σ(W_ii x_mₜ + b_ii + W_hi h_mₜ + b_hi)
 *       fₜ = σ(W_if x_mₜ + b_if + W_hf h_mₜ + b_hf)
 *       gₜ = tanh(W_ig x_mₜ + b_ig + W_hg h_mₜ + b_hg)
 *       oₜ = σ(W_io x_mₜ + b_io + W_ho h_mₜ + b_ho)
 *       cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *       hₜ = oₜ ⊙ tanh(cₜ)
 *     m_x ~ Bernoulli(keep_x) for each sequence
 *     m_h ~ Bernoulli(keep_h) for each sequence
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_m_0_,
    Q_a_x_m_1_,
    Q_a_x_m_2_,
    Q_a_x_m_3_,
    Q_x,
    Q_m_x,
    Q_m_h,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_x_m,
    Q_h_m,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_tanh_c,
    Q_keep_x,
    Q_keep_h,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_m_,
    Q_d_x_m_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_m_x,
    Q_d_m_h,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3
};

static const Quantity quantities[] = {
    [Q_a_x_m_0_] = {LOCAL, HIDDEN_SIZE, 0, 0, 0, Q_a_x_m_0_},
    [Q_a_x_m_1_] = {LOCAL, HIDDEN_SIZE, 0, 0, 1, Q_a_x_m_0_},
    [Q_a_x_m_2_] = {LOCAL, HIDDEN_SIZE, 0, 0, 2, Q_a_x_m_0_},
    [Q_a_x_m_3_] = {LOCAL, HIDDEN_SIZE, 0, 0, 3, Q_a_x_m_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_m_x] = {INPUT, INPUT_SIZE, 0, 1, 0, Q_m_x},
    [Q_m_h] = {INPUT, HIDDEN_SIZE, 0, 2, 0, Q_m_h},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_x_m] = {ROW, INPUT_SIZE, 1, 0, 0, Q_x_m},
    [Q_h_m] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_h_m},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i},
    [Q_keep_x] = {FIXED, ONE, 0, 0, 0, Q_keep_x},
    [Q_keep_h] = {FIXED, ONE, 0, 1, 0, Q_keep_h},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_m_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_m_},
    [Q_d_x_m_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_m_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_m_x] = {D_INPUT, INPUT_SIZE, 0, 1, 0, Q_d_m_x},
    [Q_d_m_h] = {D_INPUT, HIDDEN_SIZE, 0, 2, 0, Q_d_m_h},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
};

/* Stage 1 of a time step, panels of inputs. */
static void step_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_m_x);
            fetch(Q_x);
            const vec keep_x = fixed(Q_keep_x);
            const vec m_x = get(Q_m_x);
            const vec x = get(Q_x);
            const vec x_m = m_x / keep_x * x;
            put(Q_x_m, x_m);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_m_h);
            const vec keep_h = fixed(Q_keep_h);
            const vec m_h = get(Q_m_h);
            const vec h_prev = get(Q_h_prev);
            const vec h_m = m_h / keep_h * h_prev;
            put(Q_h_m, h_m);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_i = get(Q_a_x_m_0_);
            const vec a_f = get(Q_a_x_m_1_);
            const vec a_g = get(Q_a_x_m_2_);
            const vec a_o = get(Q_a_x_m_3_);
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec g = vtanh(a_g);
            const vec o = vsigmoid(a_o);
            const vec c = f * c_prev + i * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
                put(Q_o, o);
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
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_i = d_c * g * i * (R(1) - i);
            const vec d_c_prev = d_c * f;
            const vec d_m_h = splat(R(0));
            d_bias_ih_0 += d_a_i;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_g;
            d_bias_ih_3 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
            put(Q_d_m_h, d_m_h);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of inputs. */
static void back_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_m_x = splat(R(0));
            put(Q_d_m_x, d_m_x);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec keep_h = fixed(Q_keep_h);
        for (long row = 0; row < rows; row++) {
            const vec m_h = get(Q_m_h);
            const vec d_h_m = get(Q_d_h_m_);
            const vec d_h_prev = d_h_m / keep_h * m_h;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec keep_x = fixed(Q_keep_x);
        for (long row = 0; row < rows; row++) {
            const vec m_x = get(Q_m_x);
            const vec d_x_m = get(Q_d_x_m_);
            const vec d_x = d_x_m / keep_x * m_x;
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
    INPUT_SIZE,
    HIDDEN_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    "keep_x",
    "keep_h",
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 0, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x_m}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_m}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {1, 3, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{INPUT_SIZE, 0, 0, 0, 0, 0, step_1_inputs}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{0, 0, 0, 0, 1, (const short[]){Q_x_m}}, {0, 1, -1, 1, 1, (const short[]){Q_h_m}}}, (const short[]){Q_a_x_m_0_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {INPUT_SIZE, 0, 0, 0, 0, 0, back_1_inputs}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_h_m_}, back_2}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_m_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "variational_lstm",
    .quantities = 38,
    .forward_quantities = 20,
    .states = 2,
    .inputs = 3,
    .axes = 4,
    .tensors = 4,
    .constants = 2,
    .packs = 4,
    .buffers = 3,
    .fixed = 2,
    .biases = 1,
    .early = 0,
    .outers = 2,
    .totals = 8,
    .sums = 4,
    .reads_input = 1,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
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
