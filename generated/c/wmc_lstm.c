/* Of wmc_lstm.py as it was written, SHA-256 b35ce01e1df7b060d46d1f9c05239111757e7765d355a4ee9a330364b2c00093 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Working-memory LSTM. One time step:
 *
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + tanh(W_ci cₜ₋₁ + b_ci))
 *     fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf + tanh(W_cf cₜ₋₁ + b_cf))
 *     gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *     cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + tanh(W_co cₜ + b_co))
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_linear_a_ci_,
    Q_linear_a_cf_,
    Q_linear_a_co_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_a_io,
    Q_tanh_a_ci,
    Q_i,
    Q_tanh_a_cf,
    Q_f,
    Q_g,
    Q_tanh_c,
    Q_tanh_a_co,
    Q_o,
    Q_b_ci,
    Q_b_cf,
    Q_b_co,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_a_109_,
    Q_d_h_prev_,
    Q_a_113_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_ii,
    Q_d_a_if,
    Q_d_a_g,
    Q_d_a_io,
    Q_d_a_ci,
    Q_d_a_cf,
    Q_d_a_co,
    Q_d_h,
    Q_d_c_next,
    Q_d_c,
    Q_d_bias_ih_3,
    Q_d_bias_ch_2,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ch_0,
    Q_d_bias_ch_1
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_linear_a_ci_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_linear_a_ci_},
    [Q_linear_a_cf_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_linear_a_ci_},
    [Q_linear_a_co_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_linear_a_co_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_a_io] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_io},
    [Q_tanh_a_ci] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a_ci},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_a_ci},
    [Q_tanh_a_cf] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_tanh_a_ci},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_tanh_a_ci},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_tanh_a_ci},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_tanh_a_ci},
    [Q_tanh_a_co] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_tanh_a_ci},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_tanh_a_ci},
    [Q_b_ci] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_ci},
    [Q_b_cf] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_cf},
    [Q_b_co] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_b_co},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_a_109_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_109_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_h_prev_},
    [Q_a_113_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_113_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_ii] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_ii},
    [Q_d_a_if] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_if},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_io] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_io},
    [Q_d_a_ci] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_ci},
    [Q_d_a_cf] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_cf},
    [Q_d_a_co] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_d_a_co},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_io},
    [Q_d_c_next] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_io},
    [Q_d_c] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_io},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_3},
    [Q_d_bias_ch_2] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ch_2},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_ih_2},
    [Q_d_bias_ch_0] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_ch_0},
    [Q_d_bias_ch_1] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_bias_ch_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_ci = fixed(Q_b_ci);
        const vec b_cf = fixed(Q_b_cf);
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_ii = get(Q_a_x_0_);
            const vec a_if = get(Q_a_x_1_);
            const vec a_g = get(Q_a_x_2_);
            const vec a_io = get(Q_a_x_3_);
            const vec linear_a_ci = get(Q_linear_a_ci_);
            const vec linear_a_cf = get(Q_linear_a_cf_);
            const vec tanh_a_ci = vtanh(linear_a_ci + b_ci);
            const vec i = vsigmoid(a_ii + tanh_a_ci);
            const vec tanh_a_cf = vtanh(linear_a_cf + b_cf);
            const vec f = vsigmoid(a_if + tanh_a_cf);
            const vec g = vtanh(a_g);
            const vec c = f * c_prev + i * g;
            const vec tanh_c = vtanh(c);
            put(Q_a_io, a_io);
            put(Q_c, c);
            put(Q_tanh_c, tanh_c);
            if (keep) {
                put(Q_tanh_a_ci, tanh_a_ci);
                put(Q_i, i);
                put(Q_tanh_a_cf, tanh_a_cf);
                put(Q_f, f);
                put(Q_g, g);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_co = fixed(Q_b_co);
        for (long row = 0; row < rows; row++) {
            const vec a_io = get(Q_a_io);
            const vec tanh_c = get(Q_tanh_c);
            const vec linear_a_co = get(Q_linear_a_co_);
            const vec tanh_a_co = vtanh(linear_a_co + b_co);
            const vec o = vsigmoid(a_io + tanh_a_co);
            const vec h = o * tanh_c;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a_co, tanh_a_co);
                put(Q_o, o);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_3 = splat(0);
        vec d_bias_ch_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_c = get(Q_tanh_c);
            const vec o = get(Q_o);
            const vec tanh_a_co = get(Q_tanh_a_co);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_a_io = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_co = d_a_io * (R(1) - power(tanh_a_co, 2));
            d_bias_ih_3 += d_a_io;
            d_bias_ch_2 += d_a_co;
            put(Q_d_h, d_h);
            put(Q_d_c_next, d_c_next);
            put(Q_d_a_io, d_a_io);
            put(Q_d_a_co, d_a_co);
        }
        add(Q_d_bias_ih_3, d_bias_ih_3);
        add(Q_d_bias_ch_2, d_bias_ch_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ch_0 = splat(0);
        vec d_bias_ch_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_c_next = get(Q_d_c_next);
            const vec d_h = get(Q_d_h);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec a_109_ = get(Q_a_109_);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec tanh_a_cf = get(Q_tanh_a_cf);
            const vec tanh_a_ci = get(Q_tanh_a_ci);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2)) + a_109_;
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_if = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_cf = d_a_if * (R(1) - power(tanh_a_cf, 2));
            const vec d_a_ii = d_c * g * i * (R(1) - i);
            const vec d_a_ci = d_a_ii * (R(1) - power(tanh_a_ci, 2));
            d_bias_ih_0 += d_a_ii;
            d_bias_ih_1 += d_a_if;
            d_bias_ih_2 += d_a_g;
            d_bias_ch_0 += d_a_ci;
            d_bias_ch_1 += d_a_cf;
            put(Q_d_c, d_c);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_if, d_a_if);
            put(Q_d_a_cf, d_a_cf);
            put(Q_d_a_ii, d_a_ii);
            put(Q_d_a_ci, d_a_ci);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ch_0, d_bias_ch_0);
        add(Q_d_bias_ch_1, d_bias_ch_1);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_c = get(Q_d_c);
            const vec f = get(Q_f);
            const vec a_113_ = get(Q_a_113_);
            const vec d_h_prev = get(Q_d_h_prev_);
            const vec d_c_prev = d_c * f + a_113_;
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
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
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_ch", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias_ch", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 2, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 2, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 1},
    {OF_TENSOR, HIDDEN_SIZE, 5, 2},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_ii, Q_x}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_ii, Q_h_prev}}},
    {4, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_ci, Q_c_prev}}},
    {4, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_co, Q_c}}},
};

static const Total totals[] = {
    {1, 0, 2, HIDDEN_SIZE, 0, 0},
    {1, 1, 3, HIDDEN_SIZE, 0, 0},
    {1, 2, 4, HIDDEN_SIZE, 0, 0},
    {1, 3, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {3, 1, 3, HIDDEN_SIZE, 0, 0},
    {3, 2, 4, HIDDEN_SIZE, 0, 0},
    {3, 3, 0, HIDDEN_SIZE, 0, 0},
    {5, 0, 5, HIDDEN_SIZE, 0, 0},
    {5, 1, 6, HIDDEN_SIZE, 0, 0},
    {5, 2, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}, {1, 2, -1, 0, 1, (const short[]){Q_c_prev}}}, (const short[]){Q_a_x_0_, Q_linear_a_ci_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_c}}}, (const short[]){Q_linear_a_co_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_d_a_co}}}, (const short[]){Q_a_109_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{4, 5, -1, 0, 4, (const short[]){Q_d_a_ii, Q_d_a_if, Q_d_a_g, Q_d_a_io}}, {5, 6, -1, 0, 2, (const short[]){Q_d_a_ci, Q_d_a_cf}}}, (const short[]){Q_d_h_prev_, Q_a_113_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{6, 7, -1, 0, 4, (const short[]){Q_d_a_ii, Q_d_a_if, Q_d_a_g, Q_d_a_io}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "wmc_lstm",
    .quantities = 51,
    .forward_quantities = 24,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 6,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 3,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 11,
    .sums = 7,
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
